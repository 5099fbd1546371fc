import type { Row } from "../core/row.ts";
import type { Span } from "../core/span.ts";
import { type DatasetProblem, type DatasetRecord, headSpan, problemInRecord } from "./datasetRecord.ts";
import type { JsonObject } from "./jsonValue.ts";
import { maxProblemsPerRecord, nRecordsForRecognition } from "./limits.ts";
import { type Recognition, recognise, shapeOfRecord } from "./recognition.ts";
import { readRecords } from "./recordReader.ts";
import type { Shape, ShapeProblem } from "./shape.ts";
import { SourceMap } from "./sourceMap.ts";

/** A row with its place in the dataset. */
export interface DatasetRow {
  /** 1-based line on which the record begins. */
  readonly line: number;
  readonly recordIdx: number;
  /** 0-based index of the assistant turn that is the target. */
  readonly turnIdx: number;
  readonly row: Row;
  readonly shapeName: string;
  /** UTF-16 offsets in the text of the file: the record's first key, where a diagnostic goes. */
  readonly headSpan: Span;
}

/** A record, its rows, and everything that is wrong with it. */
export interface RecordRows<R extends DatasetRecord = DatasetRecord> {
  readonly record: R;
  readonly rows: readonly DatasetRow[];
  readonly problems: readonly DatasetProblem[];
}

export interface RowOptions {
  /** The user's choice: every record is read in this shape, and one that does not fit is a problem. */
  readonly shape?: Shape | undefined;
}

/**
 * Turns records into rows. Each record is read in the shape that most of the file's first records have, or, where it
 * does not fit, in the shape that fits it best.
 */
export class RowReader {
  readonly recognition: Recognition;
  readonly #chosen: Shape | undefined;

  constructor(firstRecords: Iterable<DatasetRecord>, { shape }: RowOptions = {}) {
    this.#chosen = shape;
    const values: JsonObject[] = [];
    for (const { value } of firstRecords) if (value !== null) values.push(value);
    this.recognition = recognise(values);
  }

  read<R extends DatasetRecord>(record: R): RecordRows<R> {
    if (record.value === null) return { record, rows: [], problems: record.problems };
    const shape = this.#shapeOf(record.value);
    if (shape === null)
      return { record, rows: [], problems: [...record.problems, this.#noShape(record, record.value)] };
    const { rows, problems } = shape.rows(record.value);
    const head = rows.length === 0 ? null : headSpan(record);
    return {
      record,
      rows:
        head === null
          ? []
          : rows.map(({ turnIdx, row }) => ({
              line: record.line,
              recordIdx: record.recordIdx,
              turnIdx,
              row,
              shapeName: shape.name,
              headSpan: head,
            })),
      problems: problems.length === 0 ? record.problems : [...record.problems, ...locate(record, problems)],
    };
  }

  #shapeOf(value: JsonObject): Shape | null {
    if (this.#chosen !== undefined) return this.#chosen.matches(value) > 0 ? this.#chosen : null;
    const usual = this.recognition.shape;
    return usual !== null && usual.matches(value) > 0 ? usual : shapeOfRecord(value);
  }

  #noShape(record: DatasetRecord, value: JsonObject): DatasetProblem {
    const head = headSpan(record);
    const span = { start: head.start - record.startOffset, end: head.end - record.startOffset };
    const keys = keyList(value);
    if (this.#chosen === undefined) {
      return problemInRecord(record, span, { code: "dataset/unknown-shape", severity: "error", data: { keys } });
    }
    const data = { keys, shape: this.#chosen.name };
    return problemInRecord(record, span, { code: "dataset/shape-mismatch", severity: "error", data });
  }
}

/** Reads the rows of a whole text, record by record, as they are asked for. */
export function* readRows(text: string, options: RowOptions = {}): Generator<RecordRows> {
  const reader = new RowReader(firstRecords(text), options);
  for (const record of readRecords(text)) yield reader.read(record);
}

/** The records at the head of a text that tell its shape. */
export function* firstRecords(text: string): Generator<DatasetRecord> {
  let nRecords = 0;
  for (const record of readRecords(text)) {
    yield record;
    nRecords++;
    if (nRecords >= nRecordsForRecognition) return;
  }
}

/** The keys of a record as a sentence shows them, the first ten of them. */
function keyList(value: JsonObject): string {
  const keys = Object.keys(value);
  const shown = keys.slice(0, 10).map((key) => (key.length > 40 ? `${key.slice(0, 40)}…` : key));
  return shown.join(", ") + (keys.length > shown.length ? ", …" : "");
}

/** Places the problems of a shape at the value they name, at the key where the value is long, or at the record's head. */
export function locate(record: DatasetRecord, problems: readonly ShapeProblem[]): DatasetProblem[] {
  const sourceMap = new SourceMap(record.text);
  const head = headSpan(record);
  const inRecord = { start: head.start - record.startOffset, end: head.end - record.startOffset };
  const located = problems.slice(0, maxProblemsPerRecord).map(({ path, ...problem }) => {
    const span = sourceMap.keySpan(path) ?? shortened(sourceMap.valueSpan(path)) ?? inRecord;
    return problemInRecord(record, span, problem);
  });
  const count = problems.length - located.length;
  if (count > 0)
    located.push(
      problemInRecord(record, inRecord, { code: "dataset/more-problems", severity: "warning", data: { count } }),
    );
  return located;
}

/** Only the first character of a list item or a long value is marked. */
function shortened(span: Span | null): Span | null {
  return span === null ? null : { start: span.start, end: Math.min(span.end, span.start + 1) };
}
