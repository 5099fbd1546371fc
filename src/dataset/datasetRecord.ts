import type { Problem, ProblemData } from "../core/problem.ts";
import type { Span } from "../core/span.ts";
import { isJsonSpace, type JsonObject, stringEnd } from "./jsonValue.ts";

/** A problem with its place. `data` always holds `line` and `column`, 1-based, the column in UTF-16 code units. */
export interface DatasetProblem extends Problem {
  readonly data: ProblemData & { readonly line: number; readonly column: number };
  /** UTF-16 offsets in the text of the file without its byte order mark. */
  readonly span: Span;
}

/**
 * One record of a dataset text, or one stretch of it that should be a record and is not (then `value` is null and
 * `problems` says why). Offsets are UTF-16 code units of the whole text, as an editor counts them.
 */
export interface DatasetRecord {
  /** Position in the reader's sequence, unreadable stretches included. */
  readonly recordIdx: number;
  /** 1-based line and column of the first character. */
  readonly line: number;
  readonly column: number;
  readonly startOffset: number;
  readonly endOffset: number;
  /** The raw text, a slice that keeps the whole source text alive; empty when the record is too long to be read. */
  readonly text: string;
  readonly value: JsonObject | null;
  readonly problems: readonly DatasetProblem[];
}

/** A 1-based line and column. */
export interface LineColumn {
  readonly line: number;
  readonly column: number;
}

/** Where an offset of the record's own text stands in the file. */
export function positionInRecord(
  record: Pick<DatasetRecord, "text" | "line" | "column">,
  offsetInRecord: number,
): LineColumn {
  const before = record.text.slice(0, offsetInRecord);
  const lineEnds = [...before.matchAll(/\r\n|\n|\r/g)];
  const last = lineEnds.at(-1);
  if (last === undefined) return { line: record.line, column: record.column + offsetInRecord };
  return { line: record.line + lineEnds.length, column: offsetInRecord - (last.index + last[0].length) + 1 };
}

/** A problem at a span of the record's own text, placed in the file. */
export function problemInRecord(
  record: Pick<DatasetRecord, "text" | "line" | "column" | "startOffset">,
  spanInRecord: Span,
  problem: Problem,
): DatasetProblem {
  return {
    code: problem.code,
    severity: problem.severity,
    data: { ...positionInRecord(record, spanInRecord.start), ...problem.data },
    span: { start: record.startOffset + spanInRecord.start, end: record.startOffset + spanInRecord.end },
  };
}

/** Longest head that is marked: editors stop drawing long lines. */
const maxHeadLength = 120;

/**
 * The head of a record in the file's UTF-16 offsets: its first key with the quotes, or its first characters when it
 * has none. Marks a record without underlining a line of ten thousand characters.
 */
export function headSpan(record: Pick<DatasetRecord, "text" | "startOffset">): Span {
  const { text, startOffset } = record;
  let start = text.charCodeAt(0) === 123 ? 1 : 0;
  while (start > 0 && isJsonSpace(text.charCodeAt(start))) start++;
  if (start === 0 || text.charCodeAt(start) !== 34)
    return { start: startOffset, end: startOffset + Math.min(1, text.length) };
  const length = stringEnd(text, start) + 1 - start;
  return {
    start: startOffset + start,
    end: startOffset + start + Math.min(length, maxHeadLength, text.length - start),
  };
}
