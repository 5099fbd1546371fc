import type { Span } from "./span.ts";

/**
 * The sentences of a text by Unicode's rules (UAX 29), half-open ranges in UTF-16 code units that cover the text; white
 * space belongs to the sentence before it. No sentence is blank.
 */
export function sentenceSpans(text: string): Span[] {
  const spans: Span[] = [];
  for (const { segment, index } of new Intl.Segmenter("en", { granularity: "sentence" }).segment(text)) {
    const last = spans.at(-1);
    const end = index + segment.length;
    if (segment.trim() === "" && last) spans[spans.length - 1] = { start: last.start, end };
    else if (last && text.slice(last.start, last.end).trim() === "")
      spans[spans.length - 1] = { start: last.start, end };
    else spans.push({ start: index, end });
  }
  return spans.filter(({ start, end }) => text.slice(start, end).trim() !== "");
}

/**
 * Joins neighbours into at most `nMax` ranges of nearly equal numbers of members, so that nothing is left out.
 */
export function joinNeighbours<T>(items: readonly T[], nMax: number): T[][] {
  const nGroups = Math.min(nMax, items.length);
  return Array.from({ length: nGroups }, (_, idx) =>
    items.slice(Math.floor((idx * items.length) / nGroups), Math.floor(((idx + 1) * items.length) / nGroups)),
  );
}
