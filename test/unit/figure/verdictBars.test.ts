import { describe, expect, it } from "vitest";
import { VERDICTS } from "../../../src/core/verdict.ts";
import { svgText } from "../../../src/figure/svgText.ts";
import { verdictBars } from "../../../src/figure/verdictBars.ts";
import { verdictMeaning, verdictOrder } from "../../../src/figure/verdictMark.ts";
import { byTag, findAll, ownText } from "./svgQuery.ts";

const frame = { id: "bars", widthPx: 480 };
const counts = { redundant: 12, "teacher-forced": 3, "context-critical": 30, unhelpful: 3, "no-context": 0 };

describe("verdictBars", () => {
  it("draws the figure of the snapshot", async () => {
    await expect(svgText(verdictBars(counts, frame))).toMatchFileSnapshot("snapshots/bars.svg");
  });

  it("makes bars as long as their counts", () => {
    const widths = findAll(verdictBars(counts, frame), (node) => node.tag === "rect").map(
      (bar) => bar.attributes.width as number,
    );
    expect(widths).toHaveLength(5);
    expect((widths[2] as number) / (widths[0] as number)).toBeCloseTo(30 / 12);
    expect(widths[4]).toBe(0);
  });

  it("says the counts in words, and a share only of what there is", () => {
    const figure = verdictBars(counts, frame);
    expect(ownText(byTag(figure, "desc"))).toBe(
      "redundant 12, teacher-forced 3, context-critical 30, unhelpful 3, no-context 0.",
    );
    expect(findAll(figure, (node) => node.tag === "text").map(ownText)).toContain("12 (25 %)");
  });

  it("draws nothing but names for no rows", () => {
    const none = { redundant: 0, "teacher-forced": 0, "context-critical": 0, unhelpful: 0, "no-context": 0 };
    expect(svgText(verdictBars(none, frame))).not.toMatch(/NaN|Infinity/);
  });
});

describe("verdictOrder", () => {
  it("lists every verdict once, each with its meaning", () => {
    expect([...verdictOrder].sort()).toEqual([...VERDICTS].sort());
    expect(Object.keys(verdictMeaning).sort()).toEqual([...VERDICTS].sort());
  });
});
