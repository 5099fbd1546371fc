/** The brackets that are open, as character codes. Every operation costs constant time on average, whatever the text is. */
export class BracketStack {
  readonly #brackets: number[] = [];
  readonly #counts = new Map<number, number>();

  get length(): number {
    return this.#brackets.length;
  }

  get top(): number | undefined {
    return this.#brackets[this.#brackets.length - 1];
  }

  push(bracket: number): void {
    this.#brackets.push(bracket);
    this.#counts.set(bracket, (this.#counts.get(bracket) ?? 0) + 1);
  }

  /** Depth of the innermost open bracket of a kind, or -1. What lies above it is searched only to be cut next. */
  lastIndexOf(bracket: number): number {
    return (this.#counts.get(bracket) ?? 0) === 0 ? -1 : this.#brackets.lastIndexOf(bracket);
  }

  /** Closes every bracket from a depth on. */
  cut(depth: number): void {
    while (this.#brackets.length > depth) {
      const bracket = this.#brackets.pop() ?? 0;
      this.#counts.set(bracket, (this.#counts.get(bracket) ?? 0) - 1);
    }
  }
}
