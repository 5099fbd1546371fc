import { describe, expect, it } from "vitest";
import { levelFor, patternLevels } from "../../../src/figure/patternLevels.ts";
import { kept, patternPicture, zoomed } from "../../../webview/patternPicture.ts";

const ink = { red: 1, green: 2, blue: 3 };

function pattern(nTokens: number) {
  const values = new Float32Array(nTokens * nTokens);
  for (let q = 0; q < nTokens; q++) for (let k = 0; k <= q; k++) values[q * nTokens + k] = 1 / (q + 1);
  values[(nTokens - 1) * nTokens + 7] = 0.9;
  return patternLevels(values, nTokens);
}

describe("patternLevels", () => {
  it("keeps every strong cell at every level, up to 4,096 tokens", () => {
    for (const nTokens of [1, 63, 65, 1001, 4096]) {
      const { levels } = patternLevels(strongCell(nTokens), nTokens);
      for (const { values } of levels)
        expect(values.reduce((most, value) => Math.max(most, value), 0)).toBe(Math.fround(0.7));
      expect(levels.at(-1)?.size).toBeLessThanOrEqual(64);
    }
  });

  it("chooses the level whose cells are no larger than a pixel", () => {
    const levels = pattern(1000);
    expect([4, 1, 0.6, 0.5, 0.2, 0.01].map((pixels) => levelFor(levels, pixels))).toEqual([0, 0, 0, 1, 2, 4]);
  });
});

function strongCell(nTokens: number): Float32Array {
  const values = new Float32Array(nTokens * nTokens);
  values[(nTokens - 1) * nTokens + Math.floor(nTokens / 3)] = 0.7;
  return values;
}

describe("patternPicture", () => {
  it("paints no more cells than the canvas can show, whatever the pattern's size", () => {
    for (const nTokens of [10, 500, 4096]) {
      const view = { queryStart: 0, keyStart: 0, pixelsPerToken: 400 / nTokens };
      const picture = patternPicture(pattern(nTokens), view, { width: 400, height: 400 }, ink);
      expect(picture.widthCells).toBeLessThanOrEqual(802);
      expect(picture.widthPx).toBeGreaterThanOrEqual(400 - 1e-6);
    }
  });

  it("paints nothing above the diagonal and the square root of what is below", () => {
    const view = { queryStart: 0, keyStart: 0, pixelsPerToken: 40 };
    const { pixels, widthCells } = patternPicture(pattern(10), view, { width: 400, height: 400 }, ink);
    const alphaAt = (row: number, column: number) => pixels[(row * widthCells + column) * 4 + 3];
    expect([alphaAt(0, 0), alphaAt(0, 1), alphaAt(3, 0)]).toEqual([255, 0, 128]);
    expect([...pixels.slice(0, 3)]).toEqual([1, 2, 3]);
  });
});

describe("zoomed", () => {
  it("keeps the point under the pointer where it is, and the pattern on the canvas", () => {
    const view = { queryStart: 100, keyStart: 50, pixelsPerToken: 4 };
    const closer = zoomed(view, 2, { x: 40, y: 80 }, 1000, 400);
    expect(closer.keyStart + 40 / closer.pixelsPerToken).toBeCloseTo(60, 9);
    expect(closer.queryStart + 80 / closer.pixelsPerToken).toBeCloseTo(120, 9);
    expect(zoomed(view, 1e-9, { x: 0, y: 0 }, 1000, 400)).toEqual({ queryStart: 0, keyStart: 0, pixelsPerToken: 0.4 });
    expect(kept({ queryStart: 2000, keyStart: -5, pixelsPerToken: 4 }, 1000, 400)).toMatchObject({
      queryStart: 900,
      keyStart: 0,
    });
  });
});
