import { ArrayCutter } from "./arrayCutter.ts";
import type { DatasetRecord } from "./datasetRecord.ts";
import { isJsonSpace } from "./jsonValue.ts";
import { maxRecordLength } from "./limits.ts";
import { LineCutter } from "./lineCutter.ts";
import { parseRecord } from "./recordParser.ts";
import { OpenPiece, type PieceCutter, type RecordPiece } from "./recordPiece.ts";

/**
 * Reads the records of a whole text one by one: JSON Lines, or a JSON array when the first character that is not
 * white space is `[`. Nothing is read ahead; no text is copied but each record's slice.
 */
export function* readRecords(text: string, maxLength = maxRecordLength): Generator<DatasetRecord> {
  const reader = new RecordReader(maxLength);
  reader.load(text);
  for (let record = reader.next(); record !== null; record = reader.next()) yield record;
  const last = reader.end();
  if (last !== null) yield last;
}

/**
 * Reads a text that holds one record, such as a line or an array's element, as the readers of whole texts read it;
 * offsets and lines count from the start of this text. Null when it is blank.
 */
export function readRecord(text: string, maxLength = maxRecordLength): DatasetRecord | null {
  let offset = 0;
  while (isJsonSpace(text.charCodeAt(offset))) offset++;
  if (offset === text.length) return null;
  const lineEnds = [...text.slice(0, offset).matchAll(/\r\n|\n|\r/g)];
  const last = lineEnds.at(-1);
  const piece = new OpenPiece(maxLength);
  piece.begin({ offset, line: lineEnds.length + 1, lineStart: last === undefined ? 0 : last.index + last[0].length });
  return parseRecord(piece.finish(text.slice(offset), []), 0, maxLength);
}

/**
 * Reads records from text that comes in chunks: `load` a chunk, take records with `next` until null, load the next
 * chunk; at the end of the text `end` gives the record that was still open. However the text is cut into chunks,
 * the records are the same, as long as no chunk ends between the two characters of a CRLF or of a surrogate pair.
 */
export class RecordReader {
  readonly #maxLength: number;
  #cutter: PieceCutter | null = null;
  /** Place of the next chunk while only white space was seen. */
  #offset = 0;
  #line = 1;
  #lineStart = 0;
  #recordIdx = 0;

  constructor(maxLength = maxRecordLength) {
    this.#maxLength = maxLength;
  }

  /** Offset at which the record that is not yet complete begins, or null between records. */
  get openOffset(): number | null {
    return this.#cutter?.openOffset ?? null;
  }

  load(chunk: string): void {
    const hasMark = this.#cutter === null && this.#offset === 0 && chunk.charCodeAt(0) === 0xfeff;
    if (hasMark) this.#offset = this.#lineStart = 1;
    const text = hasMark ? chunk.slice(1) : chunk;
    if (this.#cutter === null) this.#cutter = this.#choose(text);
    this.#cutter?.load(text);
  }

  next(): DatasetRecord | null {
    return this.#parse(this.#cutter?.next() ?? null);
  }

  end(): DatasetRecord | null {
    return this.#parse(this.#cutter?.end() ?? null);
  }

  #parse(piece: RecordPiece | null): DatasetRecord | null {
    return piece === null ? null : parseRecord(piece, this.#recordIdx++, this.#maxLength);
  }

  /** The first character decides; a chunk that is all white space only moves the place. */
  #choose(chunk: string): PieceCutter | null {
    const start = { offset: this.#offset, line: this.#line, lineStart: this.#lineStart };
    let i = 0;
    for (; i < chunk.length && isJsonSpace(chunk.charCodeAt(i)); i++) this.#space(chunk, i);
    this.#offset += chunk.length;
    if (i === chunk.length) return null;
    const isArray = chunk.charCodeAt(i) === 91;
    return isArray ? new ArrayCutter(start, this.#maxLength) : new LineCutter(start, this.#maxLength);
  }

  #space(chunk: string, i: number): void {
    const code = chunk.charCodeAt(i);
    if (code !== 10 && (code !== 13 || chunk.charCodeAt(i + 1) === 10)) return;
    this.#line++;
    this.#lineStart = this.#offset + i + 1;
  }
}
