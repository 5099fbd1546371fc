import { describe, expect, it } from "vitest";
import { inspectionMeasures, lensBook } from "../../../src/extension/lensRow.ts";

const prompt = {
  text: "<s>é東a",
  tokenIds: Int32Array.of(1, 7, 8, 9, 4, 5, 6),
  tokenOffsets: Int32Array.of(0, 3, 3, 4, 3, 4, 4, 5, 4, 5, 4, 5, 5, 6),
  segments: [
    { role: "bos", span: { start: 0, end: 3 }, tokenSpan: { start: 0, end: 1 } },
    { role: "user", span: { start: 3, end: 4 }, tokenSpan: { start: 1, end: 3 } },
    { role: "target", span: { start: 4, end: 5 }, tokenSpan: { start: 3, end: 6 } },
    { role: "template", span: { start: 5, end: 6 }, tokenSpan: { start: 6, end: 7 } },
  ],
  target: { start: 3, end: 6 },
  endOfTurnIdx: 6,
} as const;
const book = { prompt, tokenTexts: ["<s>", "Ã", "©", "æ", "Ŀ", "±", "a"], logProbs: Float32Array.of(-1, -2, -3, -9) };

describe("lensBook", () => {
  it("gives every token its words, role and part of a character", () => {
    const { texts, roles, fragments, logProbs } = lensBook(book);
    expect(texts).toEqual(["<s>", "é", "é", "東", "東", "東", "a"]);
    expect(roles).toEqual(["bos", "user", "user", "target", "target", "target", "template"]);
    expect(fragments).toEqual(["", "1/2", "2/2", "1/3", "2/3", "3/3", ""]);
    expect([...logProbs]).toEqual([-1, -2, -3]);
  });
});

describe("inspectionMeasures", () => {
  it("leaves the end of turn out of the row's figures", () => {
    const closed = { ...book, logProbs: Float32Array.of(-2, -2, -2, -1) };
    const measures = inspectionMeasures({ open: book, closed });
    expect(measures.nTargetTokens).toBe(3);
    expect(measures.openPerplexity).toBeCloseTo(Math.exp(2), 12);
    expect(measures.meanGain).toBe(0);
    expect(measures.endOfTurn).toEqual({ open: -9, closed: -1 });
  });
});
