import { Buffer, isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import type { DatasetProblem, DatasetRecord } from "./datasetRecord.ts";
import { positionInRecord } from "./datasetRecord.ts";
import { type RecordRows, type RowOptions, RowReader } from "./datasetRows.ts";
import { maxRecordLength, nRecordsForRecognition } from "./limits.ts";
import { RecordReader } from "./recordReader.ts";
import { type InvalidSequence, invalidSequences, nHeldBackBytes } from "./utf8.ts";

/** A record read from bytes: all offsets of the decoded text, as an editor counts them, and those of the bytes. */
export interface FileRecord extends DatasetRecord {
  readonly startByte: number;
  readonly endByte: number;
}

export interface FileReadOptions {
  readonly signal?: AbortSignal;
  readonly maxLength?: number;
}

const chunkBytes = 1024 * 1024;

/**
 * The bytes of a file in chunks, as `readByteRecords` takes them. Errors of the file system (`ENOENT`, `EACCES`,
 * `EISDIR`) and of the signal come out of the iteration as they are.
 */
export function fileBytes(path: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: chunkBytes, ...(signal === undefined ? {} : { signal }) });
}

/**
 * Reads the records of a UTF-8 byte stream of any size, holding one chunk and one record; gives those of a chunk
 * together, because waiting for each would take longer than reading it. Records equal those of `readRecords` over
 * the decoded text. Bytes that are no UTF-8 become U+FFFD, as in an editor, and a problem `dataset/invalid-utf8`
 * with the byte offset of the first.
 */
export async function* readByteRecords(
  bytes: AsyncIterable<Uint8Array>,
  { signal, maxLength = maxRecordLength }: FileReadOptions = {},
): AsyncGenerator<readonly FileRecord[]> {
  const reader = new ByteRecordReader(maxLength);
  for await (const chunk of bytes) {
    signal?.throwIfAborted();
    const records = reader.read(chunk);
    if (records.length > 0) yield records;
  }
  const records = reader.end();
  if (records.length > 0) yield records;
}

/**
 * Reads the rows of a byte stream, those of a chunk together. The shape is recognised from the first records, which
 * are held back until enough of them are there.
 */
export async function* readByteRows(
  bytes: AsyncIterable<Uint8Array>,
  options: FileReadOptions & RowOptions = {},
): AsyncGenerator<readonly RecordRows<FileRecord>[]> {
  let held: FileRecord[] = [];
  let rows: RowReader | null = null;
  for await (const records of readByteRecords(bytes, options)) {
    if (rows === null) {
      held.push(...records);
      if (held.length < nRecordsForRecognition) continue;
    }
    const ready = rows === null ? held : records;
    rows ??= new RowReader(held.slice(0, nRecordsForRecognition), options);
    held = [];
    yield readAll(rows, ready);
  }
  if (held.length > 0) yield readAll(new RowReader(held, options), held);
}

function readAll(rows: RowReader, records: readonly FileRecord[]): RecordRows<FileRecord>[] {
  return records.map((record) => rows.read(record));
}

/** Decodes chunks, reads records from them and finds the bytes they came from. */
class ByteRecordReader {
  readonly #records: RecordReader;
  #held = Buffer.alloc(0);
  #chunk = new DecodedChunk("", 0, 0, []);
  #invalid: InvalidSequence[] = [];
  /** Where the record that is not complete began, in code units and bytes. */
  #open: { readonly offset: number; readonly byte: number } | null = null;

  constructor(maxLength: number) {
    this.#records = new RecordReader(maxLength);
  }

  /** The records that end in a chunk. */
  read(chunk: Uint8Array): FileRecord[] {
    const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const bytes = this.#held.length === 0 ? fresh : Buffer.concat([this.#held, fresh]);
    const nKept = bytes.length - nHeldBackBytes(bytes);
    this.#held = Buffer.from(bytes.subarray(nKept));
    return this.#readKept(bytes.subarray(0, nKept));
  }

  /** The records that are left at the end of the stream. */
  end(): FileRecord[] {
    const records = this.#readKept(this.#held);
    const last = this.#records.end();
    return last === null ? records : [...records, this.#place(last)];
  }

  #readKept(bytes: Buffer): FileRecord[] {
    const records: FileRecord[] = [];
    if (bytes.length === 0) return records;
    this.#decode(bytes);
    for (let record = this.#records.next(); record !== null; record = this.#records.next()) {
      records.push(this.#place(record));
    }
    const offset = this.#records.openOffset;
    if (offset !== null && offset !== this.#open?.offset) this.#open = { offset, byte: this.#chunk.byteAt(offset) };
    return records;
  }

  #decode(bytes: Buffer): void {
    const decoded = bytes.toString("utf8");
    const { endUnit, endByte } = this.#chunk;
    const hasMark = endByte === 0 && decoded.charCodeAt(0) === 0xfeff;
    const start = hasMark ? 3 : 0;
    const text = hasMark ? decoded.slice(1) : decoded;
    const invalid = isUtf8(bytes)
      ? []
      : invalidSequences(bytes.subarray(start)).map(({ byteOffset, nBytes, unitOffset }) => ({
          byteOffset: byteOffset + endByte + start,
          nBytes,
          unitOffset: unitOffset + endUnit,
        }));
    this.#chunk = new DecodedChunk(text, endUnit, endByte + start, invalid, endByte + bytes.length);
    this.#invalid.push(...invalid);
    this.#records.load(text);
  }

  #place(record: DatasetRecord): FileRecord {
    const startByte =
      record.startOffset === this.#open?.offset ? this.#open.byte : this.#chunk.byteAt(record.startOffset);
    const inside = this.#takeInvalid(record.endOffset);
    const endByte =
      record.text === ""
        ? this.#chunk.byteAt(record.endOffset)
        : startByte + Buffer.byteLength(record.text) + extraBytes(inside);
    const problems = inside.length === 0 ? record.problems : [...record.problems, invalidUtf8(record, inside)];
    return { ...record, problems, startByte, endByte };
  }

  #takeInvalid(endOffset: number): InvalidSequence[] {
    if (this.#invalid.length === 0) return [];
    const inside = this.#invalid.filter((sequence) => sequence.unitOffset < endOffset);
    this.#invalid = this.#invalid.slice(inside.length);
    return inside;
  }
}

/** A decoded stretch of the file, which finds the byte of a code unit; questions must come in rising order. */
class DecodedChunk {
  readonly endUnit: number;
  readonly endByte: number;
  readonly #text: string;
  readonly #startUnit: number;
  readonly #startByte: number;
  readonly #invalid: readonly InvalidSequence[];
  #knownUnit: number;
  #knownByte: number;

  constructor(
    text: string,
    startUnit: number,
    startByte: number,
    invalid: readonly InvalidSequence[],
    endByte = startByte,
  ) {
    this.#text = text;
    this.#startUnit = startUnit;
    this.#startByte = startByte;
    this.#invalid = invalid;
    this.endUnit = startUnit + text.length;
    this.endByte = endByte;
    this.#knownUnit = startUnit;
    this.#knownByte = startByte;
  }

  byteAt(unit: number): number {
    // What is asked for before the chunk is a comma with nothing but white space behind it: one byte per code unit.
    const isOneToOne = this.#text.length === this.endByte - this.#startByte || unit < this.#startUnit;
    if (isOneToOne) return this.#startByte + unit - this.#startUnit;
    const between = this.#text.slice(this.#knownUnit - this.#startUnit, unit - this.#startUnit);
    const invalid = this.#invalid.filter(({ unitOffset }) => unitOffset >= this.#knownUnit && unitOffset < unit);
    this.#knownByte += Buffer.byteLength(between) + extraBytes(invalid);
    this.#knownUnit = unit;
    return this.#knownByte;
  }
}

/** How many bytes more the invalid runs took than the U+FFFD that stand for them; negative as a rule. */
function extraBytes(sequences: readonly InvalidSequence[]): number {
  const bytesOfReplacement = 3;
  return sequences.reduce((sum, { nBytes }) => sum + nBytes - bytesOfReplacement, 0);
}

function invalidUtf8(record: DatasetRecord, inside: readonly InvalidSequence[]): DatasetProblem {
  const first = inside[0];
  const start = first?.unitOffset ?? record.startOffset;
  const place = record.text === "" ? record : positionInRecord(record, start - record.startOffset);
  return {
    code: "dataset/invalid-utf8",
    severity: "warning",
    data: { line: place.line, column: place.column, byte: first?.byteOffset ?? 0, count: inside.length },
    span: { start, end: start + 1 },
  };
}
