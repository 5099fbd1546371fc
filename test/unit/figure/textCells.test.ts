import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clipToCells, textCells } from "../../../src/figure/textCells.ts";

describe("textCells", () => {
  it.each([
    ["", 0],
    ["abc", 3],
    ["naïve", 5],
    ["nai\u0308ve", 5],
    ["東京", 4],
    ["한국", 4],
    ["😀", 2],
    ["👩‍👩‍👧‍👦", 2],
    ["مرحبا", 5],
    ["\u200b", 0],
    ["ｆｕｌｌ", 8],
  ])("counts the cells of %j as %d", (text, nCells) => {
    expect(textCells(text)).toBe(nCells);
  });
});

describe("clipToCells", () => {
  it.each([
    ["short", 10, "short"],
    ["exactly-10", 10, "exactly-10"],
    ["eleven-char", 10, "eleven-ch…"],
    ["東京タワー", 10, "東京タワー"],
    ["東京タワー展", 10, "東京タワ…"],
    ["e\u0301e\u0301e\u0301", 2, "e\u0301…"],
  ])("clips %j to %d cells as %j", (text, maxCells, clipped) => {
    expect(clipToCells(text, maxCells)).toBe(clipped);
  });

  it("never exceeds the room, and returns what fits unchanged", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 20 }), (text, maxCells) => {
        const clipped = clipToCells(text, maxCells);
        expect(textCells(clipped)).toBeLessThanOrEqual(maxCells);
        if (textCells(text) <= maxCells) expect(clipped).toBe(text);
      }),
    );
  });
});
