import type { Span } from "../core/span.ts";
import { ArrayCutter } from "../dataset/arrayCutter.ts";
import { maxRecordLength } from "../dataset/limits.ts";
import type { LocatedProblem } from "./scoredRecord.ts";
import { TimeSlice } from "./timeSlice.ts";

/** An element of a JSON array, or (`text` null) a place between elements where something is wrong. */
export interface ArrayElement {
  readonly span: Span;
  readonly text: string | null;
  /** Offsets of the whole text. */
  readonly layoutProblems: readonly LocatedProblem[];
}

/** Finds the elements of a JSON array without parsing them, standing aside between them. */
export async function* readArrayElements(text: string): AsyncGenerator<ArrayElement> {
  const slice = new TimeSlice();
  const cutter = new ArrayCutter({ offset: 0, line: 1, lineStart: 0 }, maxRecordLength);
  cutter.load(text);
  for (;;) {
    await slice.pause();
    const piece = cutter.next() ?? cutter.end();
    if (piece === null) return;
    const { offset } = piece.place;
    const span = { start: offset, end: offset + piece.length };
    const layoutProblems = piece.layoutProblems.map(({ code, severity, place, length }) => ({
      problem: { code, severity, data: { line: place.line, column: place.offset - place.lineStart + 1 } },
      span: { start: place.offset, end: place.offset + length },
    }));
    yield { span, text: piece.isLayout ? null : text.slice(span.start, span.end), layoutProblems };
  }
}
