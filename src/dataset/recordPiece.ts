import { isJsonSpace } from "./jsonValue.ts";

/** Where a stretch of text begins. `offset` and `lineStart` are UTF-16 code units of the whole text; `line` is 1-based. */
export interface TextPlace {
  readonly offset: number;
  readonly line: number;
  readonly lineStart: number;
}

/** Something wrong with the text between records: a comma too many or too few. */
export interface LayoutProblem {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly place: TextPlace;
  readonly length: number;
}

/** A stretch of text that should hold one record, or that only carries a problem of the layout (`isLayout`). */
export interface RecordPiece {
  readonly place: TextPlace;
  /** Without white space at its ends; empty when `isTooLong`. */
  readonly text: string;
  readonly length: number;
  readonly isTooLong: boolean;
  readonly isLayout: boolean;
  readonly layoutProblems: readonly LayoutProblem[];
}

/**
 * Cuts a text into pieces, chunk by chunk: `load` a chunk, take pieces with `next` until null, load the next chunk,
 * and take the last piece with `end`. A chunk must not end between the two characters of a CRLF.
 */
export interface PieceCutter {
  load(chunk: string): void;
  next(): RecordPiece | null;
  end(): RecordPiece | null;
  /** Offset at which the piece that is not yet complete begins, or null between pieces. */
  readonly openOffset: number | null;
}

/** A piece that only says that something is wrong with the layout. */
export function layoutPiece(problem: LayoutProblem): RecordPiece {
  return {
    place: problem.place,
    text: "",
    length: problem.length,
    isTooLong: false,
    isLayout: true,
    layoutProblems: [problem],
  };
}

/** The piece that is being gathered, over as many chunks as it takes; never holds more than the limit. */
export class OpenPiece {
  readonly #maxLength: number;
  #parts: string[] = [];
  #length = 0;
  #place: TextPlace | null = null;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  get place(): TextPlace | null {
    return this.#place;
  }

  begin(place: TextPlace): void {
    this.#place = place;
    this.#parts = [];
    this.#length = 0;
  }

  append(text: string): void {
    this.#length += text.length;
    if (this.#length > this.#maxLength) this.#parts = [];
    else this.#parts.push(text);
  }

  /** Ends the piece with its last stretch of text; a comma that was left at the end is no part of it. */
  finish(tail: string, layoutProblems: readonly LayoutProblem[], dropsComma = false): RecordPiece {
    const place = this.#place ?? { offset: 0, line: 1, lineStart: 0 };
    const length = this.#length + tail.length;
    const isTooLong = length > this.#maxLength;
    const whole = this.#parts.length === 0 ? tail : this.#parts.join("") + tail;
    const trimmed = isTooLong ? "" : trimEnd(whole);
    const text = dropsComma && trimmed.endsWith(",") ? trimEnd(trimmed.slice(0, -1)) : trimmed;
    this.#place = null;
    this.#parts = [];
    this.#length = 0;
    return { place, text, length: isTooLong ? length : text.length, isTooLong, isLayout: false, layoutProblems };
  }
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isJsonSpace(text.charCodeAt(end - 1))) end--;
  return end === text.length ? text : text.slice(0, end);
}

/** Finds line ends (LF, CRLF, CR) in a chunk, remembering the next one so that a text is searched once. */
export class LineEnds {
  #text = "";
  #nextLf = 0;
  #nextCr = 0;

  load(text: string): void {
    this.#text = text;
    this.#nextLf = find(text, "\n", 0);
    this.#nextCr = find(text, "\r", 0);
  }

  /** Index of the first line end at or after `from`, or the text's length; `from` never goes back within a chunk. */
  next(from: number): number {
    if (this.#nextLf < from) this.#nextLf = find(this.#text, "\n", from);
    if (this.#nextCr < from) this.#nextCr = find(this.#text, "\r", from);
    return Math.min(this.#nextLf, this.#nextCr);
  }
}

function find(text: string, character: string, from: number): number {
  const idx = text.indexOf(character, from);
  return idx === -1 ? text.length : idx;
}
