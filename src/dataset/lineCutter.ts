import { isJsonSpace } from "./jsonValue.ts";
import { LineEnds, OpenPiece, type PieceCutter, type RecordPiece, type TextPlace } from "./recordPiece.ts";

/** Cuts JSON Lines: one piece per line that is not blank. Lines end with LF, CRLF or CR. */
export class LineCutter implements PieceCutter {
  readonly #open: OpenPiece;
  readonly #lineEnds = new LineEnds();
  #chunk = "";
  #i = 0;
  #base: number;
  #line: number;
  #lineStart: number;

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
    this.#lineEnds.load(chunk);
  }

  next(): RecordPiece | null {
    if (this.#open.place === null) {
      this.#skipSpace();
      if (this.#i === this.#chunk.length) return null;
      this.#open.begin({ offset: this.#base + this.#i, line: this.#line, lineStart: this.#lineStart });
    }
    const from = this.#i;
    this.#i = this.#lineEnds.next(from);
    const text = this.#chunk.slice(from, this.#i);
    if (this.#i < this.#chunk.length) return this.#open.finish(text, []);
    this.#open.append(text);
    return null;
  }

  end(): RecordPiece | null {
    return this.#open.place === null ? null : this.#open.finish("", []);
  }

  #skipSpace(): void {
    const chunk = this.#chunk;
    let i = this.#i;
    for (let code = chunk.charCodeAt(i); isJsonSpace(code); code = chunk.charCodeAt(++i)) {
      const isLineEnd = code === 10 || (code === 13 && chunk.charCodeAt(i + 1) !== 10);
      if (!isLineEnd) continue;
      this.#line++;
      this.#lineStart = this.#base + i + 1;
    }
    this.#i = i;
  }
}
