import { createHash } from "node:crypto";
import type { Problem } from "../core/problem.ts";
import type { RowMeasures } from "../core/rowMeasures.ts";
import type { Span } from "../core/span.ts";

/** What is known about one row. Numbers only: neither log-probabilities nor text are kept for a document's rows. */
export type RowState =
  | { readonly kind: "unscored" }
  | { readonly kind: "scored"; readonly measures: RowMeasures; readonly scoredAtMs: number }
  /** The model or the engine cannot score it, e.g. it is longer than the model's window. */
  | { readonly kind: "unscorable"; readonly problem: Problem };

/** Something wrong with a record, at a place in its text. */
export interface LocatedProblem {
  readonly problem: Problem;
  /** UTF-16 code units from the start of the record's text. */
  readonly span: Span;
}

/** Where a row stands, in UTF-16 code units from the start of its record's text. */
export interface RowPlace {
  /** What is marked: a key at the row's head, never a line of ten thousand characters. */
  readonly head: Span;
  /** Where its target ends; the row of a place in the text is the first that does not end before it. */
  readonly end: number;
}

/** One dataset record and its rows' states; records with the same text share one. */
export interface ScoredRecord {
  /** Identifies the record's text. */
  readonly hash: string;
  /** In the order of the record's targets; empty for a record that cannot be read. */
  readonly rows: RowState[];
  /** One per row. */
  readonly places: readonly RowPlace[];
  readonly problems: readonly LocatedProblem[];
}

export const unscored: RowState = { kind: "unscored" };

/** Identifies a record's text; 144 bits of SHA-256, so that equal hashes mean equal text. */
export function recordHash(text: string): string {
  return createHash("sha256").update(text).digest("base64").slice(0, 24);
}

/** Says whether a record has a row that scoring could still give numbers to. */
export function hasUnscoredRow(record: ScoredRecord): boolean {
  return record.rows.some((row) => row.kind === "unscored");
}

/** The row that a place in the record's text belongs to: of a conversation, the turn that is answered there. */
export function rowAtOffset(record: ScoredRecord, offset: number): number {
  const rowIdx = record.places.findIndex(({ end }) => offset <= end);
  return rowIdx === -1 ? record.places.length - 1 : rowIdx;
}
