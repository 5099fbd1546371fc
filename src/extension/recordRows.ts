import type { DatasetRecord } from "../dataset/datasetRecord.ts";
import { RowReader } from "../dataset/datasetRows.ts";
import { nRecordsForRecognition } from "../dataset/limits.ts";
import { readRecord } from "../dataset/recordReader.ts";
import { SourceMap } from "../dataset/sourceMap.ts";
import type { RowPlace } from "./scoredRecord.ts";
import type { ReadRecord } from "./scoreRun.ts";
import { TimeSlice } from "./timeSlice.ts";

/** Recognises the shape of a dataset from its first records, as the other doors do. */
export async function recogniseRows(nSlots: () => number, slotText: (slotIdx: number) => string): Promise<RowReader> {
  const slice = new TimeSlice();
  const records: DatasetRecord[] = [];
  for (let slotIdx = 0; slotIdx < nSlots() && records.length < nRecordsForRecognition; slotIdx++) {
    await slice.pause();
    const record = readRecord(slotText(slotIdx));
    // The text is not kept: only the values tell the shape.
    if (record) records.push({ ...record, text: "" });
  }
  return new RowReader(records);
}

/** A record's rows, where each stands, and what is wrong with it. */
export function readRecordRows(text: string, reader: RowReader): ReadRecord {
  const read = readRecord(text);
  if (!read) return { rows: [], places: [], shapeName: null, problems: [] };
  const { record, rows, problems } = reader.read(read);
  const located = problems.map(({ span, ...problem }) => ({ problem, span }));
  const end = record.endOffset;
  const [first] = rows;
  const shapeName = first?.shapeName ?? null;
  if (rows.length <= 1) {
    return {
      rows: rows.map(({ row }) => row),
      places: first ? [{ head: first.headSpan, end }] : [],
      shapeName,
      problems: located,
    };
  }
  const sourceMap = new SourceMap(record.text);
  const places = rows.map(({ row, headSpan }, rowIdx): RowPlace => {
    const { origin } = row.target;
    const isLast = rowIdx === rows.length - 1;
    const key = origin && sourceMap.keySpan(origin.path);
    const target = origin && sourceMap.valueSpan(origin.path);
    const shift = record.startOffset;
    return {
      head: key ? { start: key.start + shift, end: key.end + shift } : headSpan,
      end: isLast || !target ? end : target.end + shift,
    };
  });
  return { rows: rows.map(({ row }) => row), places, shapeName, problems: located };
}
