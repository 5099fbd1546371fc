import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { marksFor } from "../../../src/model/boundaryMarks.ts";
import { anyText, manyTextsMs } from "./anyText.ts";

describe("boundary marks", () => {
  it(
    "are found again where they were put, however many",
    () => {
      fc.assert(
        fc.property(fc.array(anyText(5), { maxLength: 40 }), (pieces) => {
          const text = pieces.join("");
          const marks = marksFor(text);
          const stripped = marks.strip(pieces.map((piece, idx) => marks.mark(idx) + piece).join(""));
          expect(stripped.text).toBe(text);
          const starts = pieces.map((_, idx) => pieces.slice(0, idx).join("").length);
          expect(pieces.map((_, idx) => stripped.positions.get(idx))).toEqual(starts.map((start) => [start]));
        }),
      );
    },
    manyTextsMs,
  );

  it("tell a mark that stands twice", () => {
    const marks = marksFor("ab");
    expect(marks.strip(`a${marks.mark(300)}b${marks.mark(300)}`).positions.get(300)).toEqual([1, 2]);
  });

  it("keep out of the way of text that holds noncharacters, and give up where it holds everything", () => {
    expect(marksFor("\ufdd1").mark(0).charCodeAt(0)).toBe(0xe010);
    expect(() => marksFor("\ufdd1\ue000\ue801\uf002\uf8c3")).toThrow(/template-not-aligned/);
  });
});
