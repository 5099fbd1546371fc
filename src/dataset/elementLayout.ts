import type { TextPlace } from "./recordPiece.ts";

/**
 * Remembers how the elements of an array are laid out, to tell where the next one begins when one was not closed:
 * at a `{` at the head of a line, in the column where every element began so far and no nested brace ever stood.
 * The first element only teaches, so that arrays whose nested braces are not indented are read as they are.
 */
export class ElementLayout {
  #column: number | null = null;
  #nElements = 0;
  #hasNestedThere = false;

  begin(place: TextPlace, isLineHead: boolean): void {
    const column = isLineHead ? place.offset - place.lineStart : -1;
    this.#column = this.#column === null || this.#column === column ? column : -1;
  }

  finish(): void {
    this.#nElements++;
  }

  /** Says whether a `{` at the head of a line, inside an element, is really the beginning of the next. */
  beginsElement(place: TextPlace): boolean {
    if (place.offset - place.lineStart !== this.#column) return false;
    if (this.#nElements === 0) this.#hasNestedThere = true;
    return !this.#hasNestedThere;
  }
}
