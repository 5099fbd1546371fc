/** A half-open range `[start, end)` of tokens, UTF-16 code units or bytes; the field that holds it says which. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** How many positions a span covers. */
export function spanLength(span: Span): number {
  return span.end - span.start;
}
