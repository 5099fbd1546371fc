import { describe, expect, it } from "vitest";
import { dependencyHistogram } from "../../../src/figure/dependencyHistogram.ts";
import type { SvgNode } from "../../../src/figure/svgNode.ts";
import { svgText } from "../../../src/figure/svgText.ts";
import { byClass, byTag, ownText } from "./svgQuery.ts";

const frame = { id: "dependency", widthPx: 460 };

/** What the bars of a class say, in the order in which they stand. */
function says(figure: SvgNode, className: string): string[] {
  return byClass(figure, className)
    .filter((bar) => bar.children.length > 0)
    .map((bar) => ownText(byTag(bar, "title")));
}

describe("dependencyHistogram", () => {
  it("puts a score on a border into the bin below, so that none at the threshold looks above it", () => {
    const figure = dependencyHistogram({ scores: [0.6, 0.61, 0.62, 0.3], threshold: 0.6 }, frame);
    expect(says(figure, "cr-bar")).toEqual([
      "score 0.25 to 0.30: 0 above, 1 not",
      "score 0.55 to 0.60: 0 above, 1 not",
    ]);
    expect(says(figure, "cr-bar-positive")).toEqual(["score 0.60 to 0.65: 2 above, 0 not"]);
    expect(ownText(byTag(figure, "desc"))).toBe("2 of 4 turns above the threshold of 0.6.");
  });

  it("shows both parts of a bin that the threshold divides", () => {
    const figure = dependencyHistogram({ scores: [0.41, 0.44], threshold: 0.42 }, frame);
    expect([says(figure, "cr-bar"), says(figure, "cr-bar-positive")]).toEqual([
      ["score 0.40 to 0.45: 1 above, 1 not"],
      ["score 0.40 to 0.45: 1 above, 1 not"],
    ]);
  });

  it.each([
    ["all zero", [0, 0], 0],
    ["all one", [1, 1], 1],
    ["one", [0.5], 0.6],
  ])("counts every turn and has no broken coordinates: %s", (_, scores, threshold) => {
    const figure = dependencyHistogram({ scores, threshold }, frame);
    expect(svgText(figure)).not.toMatch(/NaN|Infinity|undefined/);
    expect(says(figure, "cr-bar").join()).toContain(`${scores.length} not`);
  });

  it("says so when no turn has a score", () => {
    const figure = dependencyHistogram({ scores: [Number.NaN], threshold: 0.6 }, frame);
    expect(ownText(byClass(figure, "cr-label")[0])).toBe("No turn has a score.");
  });
});
