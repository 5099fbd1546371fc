import type { Span } from "../src/core/span.ts";

/**
 * Where a marked stretch of a text stands after the text was edited: it moves with the words before it, grows and
 * shrinks with its own, and is gone once none of it is left. What stayed the same at both ends of the text was not edited.
 */
export function movedSpan({ start, end }: Span, before: string, after: string): Span | null {
  const shorter = Math.min(before.length, after.length);
  let nHead = 0;
  while (nHead < shorter && before[nHead] === after[nHead]) nHead++;
  let nTail = 0;
  while (nTail < shorter - nHead && before.at(-1 - nTail) === after.at(-1 - nTail)) nTail++;
  const editEnd = before.length - nTail;
  const shift = after.length - before.length;
  // Words put in right before or right behind what is marked are not part of it.
  const movedStart = start >= editEnd ? start + shift : Math.min(start, nHead);
  const movedEnd = end > nHead ? Math.max(end, editEnd) + shift : end;
  const isCovered = nHead <= start && editEnd >= end && editEnd > nHead;
  return isCovered || movedStart >= movedEnd ? null : { start: movedStart, end: movedEnd };
}
