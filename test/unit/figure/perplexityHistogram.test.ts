import { describe, expect, it } from "vitest";
import { perplexityHistogram } from "../../../src/figure/perplexityHistogram.ts";
import type { SvgNode } from "../../../src/figure/svgNode.ts";
import { svgText } from "../../../src/figure/svgText.ts";
import { byClass, byTag, ownText } from "./svgQuery.ts";

const frame = { id: "histogram", widthPx: 640 };
const closedPerplexities = [1.1, 1.2, 1.3, 1.9, 2.5, 3, 8, 12, 15, 60, 61, 500];

/** Rows that the bars of a class stand for, read from what they say. */
function nRows(figure: SvgNode, className: string, pattern: RegExp): number {
  const legendFree = byClass(figure, className).filter((bar) => bar.children.length > 0);
  return legendFree.reduce((sum, bar) => sum + Number(pattern.exec(ownText(byTag(bar, "title")))?.[1]), 0);
}

describe("perplexityHistogram", () => {
  it("draws the figure of the snapshot", async () => {
    const figure = perplexityHistogram({ closedPerplexities, cut: 1.3 }, frame);
    await expect(svgText(figure)).toMatchFileSnapshot("snapshots/histogram.svg");
  });

  it("counts every row once: flagged at or below the cut, the others above", () => {
    const figure = perplexityHistogram({ closedPerplexities, cut: 1.3 }, frame);
    expect(nRows(figure, "cr-bar-flagged", /(\d+) flagged/)).toBe(3);
    expect(nRows(figure, "cr-bar", /(\d+) not/)).toBe(9);
    expect(ownText(byTag(figure, "desc"))).toBe("3 rows of 12 at or below the cut of 1.30.");
  });

  it("tells flagged bars by their pattern, whose id is the figure's own", () => {
    const figure = perplexityHistogram({ closedPerplexities, cut: 1.3 }, frame);
    expect(byTag(figure, "pattern")?.attributes.id).toBe("histogram-hatch");
    expect(byClass(figure, "cr-bar-flagged").every((bar) => bar.attributes.fill === "url(#histogram-hatch)")).toBe(
      true,
    );
  });

  it("leaves out what is no number and says so when nothing is left", () => {
    const figure = perplexityHistogram(
      { closedPerplexities: [Number.NaN, Number.POSITIVE_INFINITY, 0], cut: null },
      frame,
    );
    expect(ownText(byClass(figure, "cr-label")[0])).toBe("No row has a context to be compared with.");
  });

  it.each([
    ["one row", [2], 2],
    ["equal rows", [2, 2, 2, 2], 2],
    ["all flagged", [1, 2, 3], 3],
    ["no cut", [1, 2, 3], null],
    ["a span of thirty decades", [1, 1e30], 1],
  ])("has no broken coordinates: %s", (_, values, cut) => {
    const figure = perplexityHistogram({ closedPerplexities: values, cut }, frame);
    expect(svgText(figure)).not.toMatch(/NaN|Infinity|undefined/);
    const flagged = values.filter((value) => cut !== null && value <= cut).length;
    expect(nRows(figure, "cr-bar-flagged", /(\d+) flagged/)).toBe(flagged);
  });
});
