import { visit } from "jsonc-parser";
import type { Span } from "../core/span.ts";
import { type DatasetProblem, type DatasetRecord, problemInRecord } from "./datasetRecord.ts";
import { diagnose, type Fault, tooDeep } from "./jsonFault.ts";
import { isJsonSpace, isObject, type JsonValue, typeName } from "./jsonValue.ts";
import { maxNesting } from "./limits.ts";
import type { RecordPiece } from "./recordPiece.ts";
import { loneSurrogates } from "./sourceMap.ts";

/** Reads a piece of text as one record. Costs little more than `JSON.parse` where nothing is wrong. */
export function parseRecord(piece: RecordPiece, recordIdx: number, maxLength: number): DatasetRecord {
  const { place, text, length } = piece;
  const read = piece.isLayout || piece.isTooLong ? null : parseValue(text);
  const record = {
    recordIdx,
    line: place.line,
    column: place.offset - place.lineStart + 1,
    startOffset: place.offset,
    endOffset: place.offset + length,
    text,
    value: isObject(read?.value) ? read.value : null,
    problems: noProblems,
  };
  const isFine = record.value !== null && read?.faults.length === 0 && piece.layoutProblems.length === 0;
  return isFine ? record : { ...record, problems: problemsOf(piece, record, read, maxLength) };
}

const noProblems: readonly DatasetProblem[] = [];

function problemsOf(
  piece: RecordPiece,
  record: DatasetRecord,
  read: ParsedText | null,
  maxLength: number,
): DatasetProblem[] {
  const problems = piece.layoutProblems.map(layoutProblem);
  if (piece.isTooLong) {
    const data = { length: piece.length, limit: maxLength };
    problems.push(
      problemInRecord(record, { start: 0, end: 1 }, { code: "dataset/line-too-long", severity: "error", data }),
    );
  }
  if (read === null) return problems;
  for (const { span, problem } of read.faults) problems.push(problemInRecord(record, span, problem));
  if (record.value !== null || read.value === undefined) return problems;
  const data = { found: typeName(read.value) };
  const head = { start: 0, end: Math.min(1, record.text.length) };
  problems.push(problemInRecord(record, head, { code: "dataset/record-not-object", severity: "error", data }));
  return problems;
}

function layoutProblem({ code, severity, place, length }: RecordPiece["layoutProblems"][number]): DatasetProblem {
  const data = { line: place.line, column: place.offset - place.lineStart + 1 };
  return { code, severity, data, span: { start: place.offset, end: place.offset + length } };
}

/** What a JSON text holds and what is wrong with it; the value is undefined when it cannot be read. */
interface ParsedText {
  readonly value: JsonValue | undefined;
  readonly faults: readonly Fault[];
}

/** Parses a JSON text strictly, but for trailing commas. */
export function parseValue(text: string): ParsedText {
  let value: JsonValue;
  let faults: readonly Fault[] = [];
  try {
    value = JSON.parse(text);
  } catch {
    const diagnosis = diagnose(text);
    faults = diagnosis.faults;
    if (diagnosis.mended === null) return { value: undefined, faults };
    try {
      value = JSON.parse(diagnosis.mended);
    } catch {
      return { value: undefined, faults: [unknownFault(text)] };
    }
  }
  const tally: Tally = { nKeys: 0, isTooDeep: false, isIllFormed: false };
  census(value, 1, tally, mayHoldLoneSurrogate(text));
  if (tally.isTooDeep) return { value: undefined, faults: [tooDeep(text)] };
  if (nColonsAfterStrings(text) === tally.nKeys && !tally.isIllFormed) return { value, faults };
  return {
    value,
    faults: [...faults, ...duplicateKeys(text), ...(tally.isIllFormed ? loneSurrogateFaults(text) : [])],
  };
}

interface Tally {
  nKeys: number;
  isTooDeep: boolean;
  isIllFormed: boolean;
}

function census(value: JsonValue, depth: number, tally: Tally, checksStrings: boolean): void {
  if (typeof value === "string") {
    if (checksStrings && !value.isWellFormed()) tally.isIllFormed = true;
    return;
  }
  if (typeof value !== "object" || value === null) return;
  if (depth > maxNesting) {
    tally.isTooDeep = true;
    return;
  }
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) census(item, depth + 1, tally, checksStrings);
    return;
  }
  const keys = Object.keys(value);
  tally.nKeys += keys.length;
  for (const key of keys) {
    if (checksStrings && !key.isWellFormed()) tally.isIllFormed = true;
    const member = (value as Readonly<Record<string, JsonValue>>)[key];
    if (member !== undefined) census(member, depth + 1, tally, checksStrings);
  }
}

/** A lone surrogate stands raw in an editor's text, or comes from an escape `\uD800`..`\uDFFF`. */
function mayHoldLoneSurrogate(text: string): boolean {
  const hasEscape = text.includes("\\u") && (text.includes("\\ud") || text.includes("\\uD"));
  return hasEscape || !text.isWellFormed();
}

/**
 * How many colons follow the quote of a string: at least the number of keys in the text, and more only where a value
 * begins with a colon. Equal to the number of keys after parsing, it proves that no key was there twice.
 */
function nColonsAfterStrings(text: string): number {
  let n = 0;
  for (let colon = text.indexOf(":"); colon !== -1; colon = text.indexOf(":", colon + 1)) {
    let before = colon - 1;
    while (isJsonSpace(text.charCodeAt(before))) before--;
    if (text.charCodeAt(before) !== 34) continue;
    let slash = before;
    while (text.charCodeAt(slash - 1) === 92) slash--;
    if ((before - slash) % 2 === 0) n++;
  }
  return n;
}

/** Keys that an object holds twice: `JSON.parse` keeps the last value, the others are lost. */
function duplicateKeys(text: string): Fault[] {
  const scopes: Set<string>[] = [];
  let first: { readonly key: string; readonly span: Span } | null = null as { key: string; span: Span } | null;
  let count = 0;
  visit(text, {
    onObjectBegin: () => void scopes.push(new Set()),
    onObjectEnd: () => void scopes.pop(),
    onObjectProperty: (key, offset, length) => {
      const scope = scopes.at(-1);
      if (scope?.has(key)) {
        first ??= { key, span: { start: offset, end: offset + length } };
        count++;
      }
      scope?.add(key);
    },
  });
  if (first === null) return [];
  return [
    {
      problem: { code: "dataset/duplicate-key", severity: "warning", data: { key: first.key, count } },
      span: first.span,
    },
  ];
}

function loneSurrogateFaults(text: string): Fault[] {
  const spans = loneSurrogates(text);
  return spans.slice(0, 1).map((span) => ({
    problem: {
      code: "dataset/lone-surrogate",
      severity: "warning",
      data: {
        found: text
          .slice(span.start, span.end)
          .replace(/^[\ud800-\udfff]$/, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`),
        count: spans.length,
      },
    },
    span,
  }));
}

function unknownFault(text: string): Fault {
  return {
    problem: { code: "dataset/invalid-json", severity: "error", data: { expected: "json", found: text.slice(0, 20) } },
    span: { start: 0, end: Math.min(1, text.length) },
  };
}
