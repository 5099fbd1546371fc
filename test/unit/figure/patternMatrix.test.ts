import { describe, expect, it } from "vitest";
import { patternLevels } from "../../../src/figure/patternLevels.ts";
import { mostMatrixCells, patternMatrix } from "../../../src/figure/patternMatrix.ts";
import { svgText } from "../../../src/figure/svgText.ts";
import { byClass, byTag, ownText } from "./svgQuery.ts";

const frame = { id: "f", widthPx: 900 };

/** Every query looks at all of its keys alike, which leaves nothing to join but whole rows. */
function evenPattern(nTokens: number): Float32Array {
  return Float32Array.from({ length: nTokens * nTokens }, (_, i) => {
    const query = Math.floor(i / nTokens);
    return i % nTokens <= query ? 1 / (query + 1) : 0;
  });
}

const names = (nTokens: number) => Array.from({ length: nTokens }, (_, i) => ` t${i}`);
const draw = (values: Float32Array, nTokens: number) =>
  patternMatrix("Pattern", patternLevels(values, nTokens), names(nTokens), frame);

describe("patternMatrix", () => {
  it("draws a cell as strong as the root of its share, equal neighbours as one", () => {
    const cells = byClass(draw(Float32Array.of(1, 0, 0, 0.25, 0.25, 0, 0, 0, 1), 3), "cr-heat-cell");
    expect(cells.map(({ attributes }) => [attributes["fill-opacity"], attributes.d])).toEqual([
      [0.5, "M0,1h2v1h-2z"],
      [1, "M0,0h1v1h-1zM2,2h1v1h-1z"],
    ]);
  });

  it("says what the last token looks at most", () => {
    const figure = draw(Float32Array.of(1, 0, 0, 0.25, 0.75, 0, 0.2, 0.7, 0.1), 3);
    expect(ownText(byTag(figure, "desc"))).toBe("3 tokens. The last one, ·t2, looks most at token 2, ·t1: 70 %.");
  });

  it("pools long prompts by maximum, says so, and keeps the file small", () => {
    const nTokens = 1500;
    const values = evenPattern(nTokens);
    values[1400 * nTokens + 3] = 0.9;
    const figure = draw(values, nTokens);
    const text = svgText(figure);
    expect(text).toContain("a cell is 4 tokens, the largest of their shares");
    expect(text.length).toBeLessThan(100_000);
    const strong = byClass(figure, "cr-heat-cell").find(({ attributes }) => attributes["fill-opacity"] === 0.95);
    expect(strong?.attributes.d).toContain("M0,350h1v1h-1z");
  });

  it("stays small at the most cells it draws, however ragged the pattern", () => {
    const ragged = Float32Array.from({ length: mostMatrixCells ** 2 }, (_, i) =>
      i % mostMatrixCells <= i / mostMatrixCells ? ((i * 7919) % 1000) / 1000 : 0,
    );
    const text = svgText(draw(ragged, mostMatrixCells));
    expect(text).toContain("a cell is one token");
    expect(text.length).toBeLessThan(2_500_000);
  });

  it("says that there is nothing where there is no token", () => {
    expect(svgText(draw(new Float32Array(0), 0))).toContain("There is no attention to show.");
  });
});
