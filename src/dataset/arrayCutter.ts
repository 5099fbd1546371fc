import { BracketStack } from "./bracketStack.ts";
import { ElementLayout } from "./elementLayout.ts";
import { isEscaped, isJsonSpace } from "./jsonValue.ts";
import {
  type LayoutProblem,
  LineEnds,
  layoutPiece,
  OpenPiece,
  type PieceCutter,
  type RecordPiece,
  type TextPlace,
} from "./recordPiece.ts";

const code = {
  lf: 10,
  cr: 13,
  quote: 34,
  comma: 44,
  colon: 58,
  openBracket: 91,
  closeBracket: 93,
  openBrace: 123,
  closeBrace: 125,
} as const;

/**
 * Cuts one JSON array, pretty-printed or on one line, into its elements without parsing them. A broken element must
 * not take the rest with it, so the cutter leaves a string at a line end (a JSON string cannot hold one), closes
 * brackets that were forgotten, and begins a new element at a `{` that cannot stand where it stands.
 */
export class ArrayCutter implements PieceCutter {
  readonly #open: OpenPiece;
  readonly #lineEnds = new LineEnds();
  readonly #stack = new BracketStack();
  #chunk = "";
  #i = 0;
  /** Where the open piece's text begins in this chunk. */
  #from = 0;
  #base: number;
  #line: number;
  #lineStart: number;
  /** The last character that is not white space; `openBracket` right after the array's own bracket. */
  #previous = 0;
  #isLineHead = true;
  #isInString = false;
  #isEscapePending = false;
  #isArrayOpen = false;
  #isArrayClosed = false;
  #lastComma: TextPlace | null = null;
  #pending: LayoutProblem[] = [];
  readonly #layout = new ElementLayout();

  constructor(start: TextPlace, maxLength: number) {
    this.#open = new OpenPiece(maxLength);
    this.#base = start.offset;
    this.#line = start.line;
    this.#lineStart = start.lineStart;
  }

  get openOffset(): number | null {
    return this.#open.place?.offset ?? null;
  }

  load(chunk: string): void {
    this.#base += this.#chunk.length;
    this.#chunk = chunk;
    this.#i = 0;
    this.#from = 0;
    this.#lineEnds.load(chunk);
  }

  next(): RecordPiece | null {
    const length = this.#chunk.length;
    while (this.#i < length) {
      if (this.#isInString) {
        this.#skipString();
        continue;
      }
      const character = this.#chunk.charCodeAt(this.#i);
      if (isJsonSpace(character)) {
        this.#space(character);
        continue;
      }
      const piece = this.#open.place === null ? this.#between(character) : this.#inside(character);
      if (piece !== null) return piece;
    }
    if (this.#open.place !== null) {
      this.#open.append(this.#chunk.slice(this.#from));
      this.#from = length;
    }
    return null;
  }

  end(): RecordPiece | null {
    const problem: LayoutProblem = {
      code: "dataset/array-not-closed",
      severity: "warning",
      place: this.#place(this.#chunk.length),
      length: 0,
    };
    const isCut = this.#isArrayOpen && !this.#isArrayClosed;
    this.#isArrayClosed = true;
    if (this.#open.place !== null) {
      return this.#open.finish("", [...this.#takePending(), ...(isCut ? [problem] : [])], true);
    }
    return isCut ? layoutPiece(problem) : null;
  }

  /** Moves over a character outside of strings that is no white space. */
  #step(character: number): void {
    this.#previous = character;
    this.#isLineHead = false;
    this.#i++;
  }

  #space(character: number): void {
    this.#i++;
    const isLineEnd = character === code.lf || (character === code.cr && this.#chunk.charCodeAt(this.#i) !== code.lf);
    if (!isLineEnd) return;
    this.#line++;
    this.#lineStart = this.#base + this.#i;
    this.#isLineHead = true;
  }

  #place(i: number): TextPlace {
    return { offset: this.#base + i, line: this.#line, lineStart: this.#lineStart };
  }

  #takePending(): LayoutProblem[] {
    if (this.#pending.length === 0) return [];
    const pending = this.#pending;
    this.#pending = [];
    return pending;
  }

  /** Between elements: the array's own brackets and commas, or the beginning of an element. */
  #between(character: number): RecordPiece | null {
    const previous = this.#previous;
    if (!this.#isArrayOpen) {
      this.#isArrayOpen = true;
      this.#step(character);
      return null;
    }
    if (character === code.comma) {
      const isExtra = previous === code.openBracket || (previous === code.comma && this.#lastComma !== null);
      const place = this.#place(this.#i);
      // A run of commas is said once, and not again as a trailing one.
      this.#lastComma = previous === 0 ? place : null;
      this.#step(character);
      return isExtra ? layoutPiece({ code: "dataset/extra-comma", severity: "warning", place, length: 1 }) : null;
    }
    if (character === code.closeBracket && !this.#isArrayClosed) {
      this.#isArrayClosed = true;
      this.#step(character);
      if (previous !== code.comma || this.#lastComma === null) return null;
      return layoutPiece({ code: "dataset/trailing-comma", severity: "warning", place: this.#lastComma, length: 1 });
    }
    this.#begin(previous);
    return null;
  }

  #begin(previous: number): void {
    const place = this.#place(this.#i);
    if (this.#isArrayClosed && previous === code.closeBracket) {
      this.#pending.push({ code: "dataset/text-after-array", severity: "warning", place, length: 1 });
    } else if (!this.#isArrayClosed && previous !== code.comma && previous !== code.openBracket) {
      this.#pending.push({ code: "dataset/missing-comma", severity: "warning", place, length: 1 });
    }
    this.#open.begin(place);
    this.#from = this.#i;
    this.#stack.cut(0);
    // Element text decides from here on; a scalar's first character must not be read as the array's bracket.
    this.#previous = 0;
    this.#layout.begin(place, this.#isLineHead);
  }

  /** Inside an element. */
  #inside(character: number): RecordPiece | null {
    switch (character) {
      case code.quote:
        this.#isInString = true;
        this.#step(character);
        return null;
      case code.openBrace:
      case code.openBracket:
        if (this.#isMisplaced(character)) return this.#finish(this.#i, code.comma);
        this.#stack.push(character);
        this.#step(character);
        return null;
      case code.closeBrace:
      case code.closeBracket:
        return this.#close(character);
      case code.comma:
        if (this.#stack.length === 0) return this.#finish(this.#i, 0);
        this.#step(character);
        return null;
      default:
        this.#step(character);
        return null;
    }
  }

  /** A `{` inside an object that follows no colon, or that begins a line as the elements of this array do, is a new element. */
  #isMisplaced(character: number): boolean {
    if (character !== code.openBrace || this.#stack.length === 0) return false;
    if (this.#stack.top === code.openBrace && this.#previous !== code.colon) return true;
    return this.#isLineHead && this.#previous !== code.colon && this.#layout.beginsElement(this.#place(this.#i));
  }

  #close(character: number): RecordPiece | null {
    const depth = this.#stack.lastIndexOf(character === code.closeBrace ? code.openBrace : code.openBracket);
    if (depth === -1) {
      if (character === code.closeBracket && !this.#isArrayClosed) return this.#finish(this.#i, 0);
      this.#step(character);
      return null;
    }
    this.#stack.cut(depth);
    this.#step(character);
    return depth === 0 ? this.#finish(this.#i, 0) : null;
  }

  #finish(end: number, previous: number): RecordPiece {
    this.#layout.finish();
    const piece = this.#open.finish(this.#chunk.slice(this.#from, end), this.#takePending(), previous === code.comma);
    this.#previous = previous;
    return piece;
  }

  /** Moves to the end of a string with one search per quote; a line end breaks it off. */
  #skipString(): void {
    const chunk = this.#chunk;
    let i = this.#i;
    const lineEnd = this.#lineEnds.next(i);
    if (this.#isEscapePending && lineEnd !== i) i++;
    this.#isEscapePending = false;
    for (;;) {
      const found = chunk.indexOf('"', i);
      const quote = found === -1 ? chunk.length : found;
      if (lineEnd < quote) {
        this.#isInString = false;
        this.#i = lineEnd;
        return;
      }
      const escaped = isEscaped(chunk, quote, i);
      if (quote === chunk.length) {
        this.#isEscapePending = escaped;
        this.#i = quote;
        return;
      }
      i = quote + 1;
      if (escaped) continue;
      this.#isInString = false;
      this.#i = i;
      return;
    }
  }
}
