import { modify, type Node, parseTree } from "jsonc-parser";
import type { Span } from "../core/span.ts";
import type { JsonPath, JsonValue } from "./jsonValue.ts";
import { parseValue } from "./recordParser.ts";
import { nodeAt } from "./sourceMap.ts";

/** Replaces `span` of a record's raw text by `text`; everything else stays as it is, byte for byte. */
export interface FieldEdit {
  readonly span: Span;
  readonly text: string;
}

/**
 * The edit that sets one field of a record, or removes it when `value` is undefined. A new key is written in the
 * record's own spacing. Null when the record cannot be read, when the path does not lead to a place in it, or when a
 * key that is there twice should be removed.
 */
export function setField(recordText: string, path: JsonPath, value: JsonValue | undefined): FieldEdit | null {
  if (path.length === 0 || parseValue(recordText).value === undefined) return null;
  const root = parseTree(recordText);
  const parent = root === undefined ? undefined : nodeAt(root, path.slice(0, -1));
  if (root === undefined || isThereTwice(parent, path.at(-1)))
    return value === undefined ? null : replaced(root, path, value);
  const known = nodeAt(root, path);
  if (value === undefined) return known === undefined ? null : modified(recordText, path, value);
  return known === undefined ? added(recordText, parent, path, value) : replaced(root, path, value);
}

/** The record's raw text after the edit. */
export function applyFieldEdit(recordText: string, { span, text }: FieldEdit): string {
  return recordText.slice(0, span.start) + text + recordText.slice(span.end);
}

function replaced(root: Node | undefined, path: JsonPath, value: JsonValue): FieldEdit | null {
  const node = root === undefined ? undefined : nodeAt(root, path);
  if (node === undefined) return null;
  return { span: { start: node.offset, end: node.offset + node.length }, text: JSON.stringify(value) };
}

/** A new key goes behind the last one, with the white space that the object puts after its commas and around its colons. */
function added(text: string, parent: Node | undefined, path: JsonPath, value: JsonValue): FieldEdit | null {
  if (parent !== undefined && (parent.type === "object") !== (typeof path.at(-1) === "string")) return null;
  const [beforeLast, last] = parent?.type === "object" ? (parent.children ?? []).slice(-2) : [];
  const property = last ?? beforeLast;
  const [key, oldValue] = property?.children ?? [];
  if (property === undefined || key === undefined || oldValue === undefined) return modified(text, path, value);
  const colon = text.slice(key.offset + key.length, oldValue.offset);
  const comma =
    last === undefined || beforeLast === undefined
      ? ","
      : text.slice(beforeLast.offset + beforeLast.length, last.offset);
  const end = property.offset + property.length;
  return { span: { start: end, end }, text: `${comma}${JSON.stringify(path.at(-1))}${colon}${JSON.stringify(value)}` };
}

function modified(text: string, path: JsonPath, value: JsonValue | undefined): FieldEdit | null {
  try {
    const [edit] = modify(text, [...path], value, {});
    return edit === undefined
      ? null
      : { span: { start: edit.offset, end: edit.offset + edit.length }, text: edit.content };
  } catch {
    // The path goes through a value that holds nothing, such as a key of a string.
    return null;
  }
}

function isThereTwice(parent: Node | undefined, key: string | number | undefined): boolean {
  if (parent?.type !== "object") return false;
  return (parent.children ?? []).filter((property) => property.children?.[0]?.value === key).length > 1;
}
