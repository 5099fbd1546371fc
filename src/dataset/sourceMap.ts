import { type Node, parseTree } from "jsonc-parser";
import type { TextOrigin } from "../core/row.ts";
import type { Span } from "../core/span.ts";
import { nestingDepth } from "./jsonFault.ts";
import type { JsonPath } from "./jsonValue.ts";
import { maxNesting } from "./limits.ts";

/** A position inside a string of a record: `index` counts UTF-16 code units of the decoded string. */
export interface StringPosition {
  readonly path: JsonPath;
  readonly index: number;
}

/**
 * Leads between a record's values and its raw text, through JSON escapes, both ways. Raw offsets count UTF-16 code
 * units of the record's own text: add the record's `startOffset` for the file.
 */
export class SourceMap {
  readonly #text: string;
  readonly #root: Node | undefined;
  readonly #rawOffsets = new Map<number, Uint32Array>();

  /** Parses the text once, forgiving what is broken; a text nested deeper than the limit has no positions. */
  constructor(recordText: string) {
    this.#text = recordText;
    this.#root = nestingDepth(recordText) > maxNesting ? undefined : parseTree(recordText);
  }

  /** Where a piece of a decoded string stands in the raw text; null when the path leads to no string or the span leaves it. */
  rawSpan(origin: TextOrigin): Span | null {
    const node = this.#node(origin.path);
    if (node?.type !== "string") return null;
    const offsets = this.#offsets(node);
    const start = offsets[origin.span.start];
    const end = offsets[origin.span.end];
    return start === undefined || end === undefined || end < start ? null : { start, end };
  }

  /** The raw text of a whole value, quotes and brackets included; null when the path leads nowhere. */
  valueSpan(path: JsonPath): Span | null {
    const node = this.#node(path);
    return node === undefined ? null : { start: node.offset, end: node.offset + node.length };
  }

  /** The raw text of the key that a path ends in; null when the path leads nowhere or ends in an array. */
  keySpan(path: JsonPath): Span | null {
    const property = this.#node(path)?.parent;
    const key = property?.type === "property" ? property.children?.[0] : undefined;
    return key === undefined ? null : { start: key.offset, end: key.offset + key.length };
  }

  /**
   * The string that a raw offset stands in, and the decoded code unit there (an offset inside an escape means the
   * code unit that it writes); null outside of string values and in keys.
   */
  positionAt(rawOffset: number): StringPosition | null {
    if (this.#root === undefined) return null;
    const node = stringAt(this.#root, rawOffset);
    if (node === null) return null;
    const offsets = this.#offsets(node);
    let low = 0;
    let high = offsets.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((offsets[middle] ?? 0) <= rawOffset) low = middle;
      else high = middle - 1;
    }
    return { path: pathOf(node), index: low };
  }

  #node(path: JsonPath): Node | undefined {
    return this.#root === undefined ? undefined : nodeAt(this.#root, path);
  }

  #offsets(node: Node): Uint32Array {
    const known = this.#rawOffsets.get(node.offset);
    if (known !== undefined) return known;
    const offsets = rawOffsets(this.#text, node.offset, node.length);
    this.#rawOffsets.set(node.offset, offsets);
    return offsets;
  }
}

/** For each code unit of the decoded string its raw offset, and the raw offset of the closing quote at the end. */
function rawOffsets(text: string, offset: number, length: number): Uint32Array {
  const isClosed = length > 1 && text.charCodeAt(offset + length - 1) === 34;
  const end = isClosed ? offset + length - 1 : offset + length;
  const offsets = new Uint32Array(length + 1);
  let n = 0;
  for (let raw = offset + 1; raw < end; raw += unitLength(text, raw)) offsets[n++] = raw;
  offsets[n++] = end;
  return offsets.subarray(0, n);
}

/** How many raw characters write the code unit at `raw`: 1, 2 for `\n`, 6 for `\u000a`. */
function unitLength(text: string, raw: number): number {
  if (text.charCodeAt(raw) !== 92) return 1;
  return text.charCodeAt(raw + 1) === 117 ? 6 : 2;
}

/** The tree node that a path leads to. */
export function nodeAt(root: Node, path: JsonPath): Node | undefined {
  let node: Node | undefined = root;
  for (const step of path) node = node === undefined ? undefined : child(node, step);
  return node;
}

/** Of a key that is there twice the last counts, as in `JSON.parse`. */
function child(node: Node, step: string | number): Node | undefined {
  if (node.type === "array" && typeof step === "number") return node.children?.[step];
  if (node.type !== "object" || typeof step !== "string") return undefined;
  return node.children?.findLast((property) => property.children?.[0]?.value === step)?.children?.[1];
}

function stringAt(root: Node, rawOffset: number): Node | null {
  let node: Node | undefined = root;
  while (node !== undefined && node.type !== "string") {
    const children: readonly Node[] = (node.type === "property" ? node.children?.slice(1) : node.children) ?? [];
    node = children.find((inner) => rawOffset >= inner.offset && rawOffset <= inner.offset + inner.length);
  }
  const isInside = node !== undefined && rawOffset > node.offset && rawOffset < node.offset + node.length;
  return isInside && node !== undefined ? node : null;
}

function pathOf(node: Node): JsonPath {
  const path: (string | number)[] = [];
  for (let inner = node; inner.parent !== undefined; inner = inner.parent) {
    if (inner.parent.type === "array") path.unshift(inner.parent.children?.indexOf(inner) ?? 0);
    else if (inner.parent.type === "property") path.unshift(inner.parent.children?.[0]?.value ?? "");
  }
  return path;
}

/** Raw spans of surrogates without their other half, in strings and keys: such text cannot be written as UTF-8. */
export function loneSurrogates(recordText: string): Span[] {
  const spans: Span[] = [];
  let high: Span | null = null;
  let i = 0;
  while (i < recordText.length) {
    const length = recordText.charCodeAt(i) === 92 ? unitLength(recordText, i) : 1;
    const unit = length === 6 ? Number.parseInt(recordText.slice(i + 2, i + 6), 16) : recordText.charCodeAt(i);
    const span = { start: i, end: i + length };
    if (unit >= 0xdc00 && unit <= 0xdfff) {
      if (high === null) spans.push(span);
      high = null;
    } else {
      if (high !== null) spans.push(high);
      high = unit >= 0xd800 && unit <= 0xdbff ? span : null;
    }
    i += length;
  }
  if (high !== null) spans.push(high);
  return spans;
}
