import { Position } from "vscode";
import type { Problem } from "../core/problem.ts";
import type { Row } from "../core/row.ts";
import type { RowReader } from "../dataset/datasetRows.ts";
import { readRecord } from "../dataset/recordReader.ts";
import { type DatasetDocument, isJsonArray } from "./datasetDocument.ts";
import { readRecordRows, recogniseRows } from "./recordRows.ts";

/** A row of an open dataset, read from its text. */
export interface LensDatasetRow {
  readonly row: Row;
  readonly slotIdx: number;
  readonly turnIdx: number;
  /** Line on which the record begins, counted from 0. */
  readonly line: number;
  /** The record's text: the row is the same as long as it is. */
  readonly text: string;
  /** Of a knowledge conflict the answer that the context does not give; null for other rows, and where it is the same. */
  readonly otherAnswer: string | null;
}

/** A record that gives no row, and why. */
export interface UnreadableRow {
  readonly line: number;
  readonly problem: Problem;
}

interface KnownReader {
  readonly version: number;
  readonly reader: RowReader;
}

/** Reads rows of open datasets at a place of their text; a dataset's shape is recognised once per version of it. */
export class LensRows {
  readonly #readers = new WeakMap<DatasetDocument, KnownReader>();

  /** The row at a position, or what is wrong with it; null where nothing stands, e.g. on a blank line. */
  async rowAt(
    dataset: DatasetDocument,
    line: number,
    character: number,
  ): Promise<LensDatasetRow | UnreadableRow | null> {
    const { document } = dataset;
    const reader = await this.#readerOf(dataset);
    const position = document.validatePosition(new Position(line, character));
    const slotIdx = dataset.slotAt(position);
    const text = slotIdx === -1 ? "" : dataset.slotText(slotIdx);
    if (text.trim() === "") return null;
    const { rows, places, shapeName, problems } = readRecordRows(text, reader);
    const start = dataset.rangeInSlot(slotIdx, { start: 0, end: 0 }).start;
    const offset = document.offsetAt(position) - document.offsetAt(start);
    const found = places.findIndex(({ end }) => offset <= end);
    const turnIdx = found === -1 ? rows.length - 1 : found;
    const row = rows[turnIdx];
    if (!row) {
      const [wrong] = problems;
      return wrong ? { line: start.line, problem: wrong.problem } : null;
    }
    const otherAnswer = shapeName === "conflict" ? conflictAnswer(text) : null;
    // An answer against itself says nothing.
    const isOther = otherAnswer !== null && otherAnswer.trim() !== row.target.text.trim();
    return { row, slotIdx, turnIdx, line: start.line, text, otherAnswer: isOther ? otherAnswer : null };
  }

  async #readerOf(dataset: DatasetDocument): Promise<RowReader> {
    const { version } = dataset.document;
    const known = this.#readers.get(dataset);
    if (known?.version === version) return known.reader;
    // A file of lines has one slot per line; only the elements of an array have to be found first.
    if (isJsonArray(dataset.document)) await dataset.prepare();
    const nSlots = () => dataset.scored?.nSlots ?? dataset.document.lineCount;
    const reader = await recogniseRows(nSlots, (slotIdx) => dataset.slotText(slotIdx));
    this.#readers.set(dataset, { version, reader });
    return reader;
  }
}

function conflictAnswer(text: string): string | null {
  const value = readRecord(text)?.value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const answer = value.memory_answer ?? value.parametric_answer;
  return typeof answer === "string" ? answer : null;
}
