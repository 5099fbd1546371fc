import { describe, expect, it } from "vitest";
import { relianceScatter, type ScatterRow } from "../../../src/figure/relianceScatter.ts";
import type { SvgNode } from "../../../src/figure/svgNode.ts";
import { svgText } from "../../../src/figure/svgText.ts";
import { byClass, byTag, findAll, ownText } from "./svgQuery.ts";

const frame = { id: "scatter", widthPx: 640 };
const rows: ScatterRow[] = [
  { name: "line 1", verdict: "redundant", closedPerplexity: 1.2, gain: 0.01 },
  { name: "line 2", verdict: "context-critical", closedPerplexity: 40, gain: 2.5 },
  { name: "line 3", verdict: "teacher-forced", closedPerplexity: 6, gain: 0.9 },
  { name: "line 4", verdict: "unhelpful", closedPerplexity: 90, gain: -0.7 },
];
const marksOf = (figure: SvgNode) => byClass(byClass(figure, "cr-marks")[0] as SvgNode, "cr-mark");

describe("relianceScatter", () => {
  it("draws the figure of the snapshot", async () => {
    await expect(svgText(relianceScatter({ rows, cut: 1.2 }, frame))).toMatchFileSnapshot("snapshots/scatter.svg");
  });

  it("draws one mark per row, each verdict with its own shape and class", () => {
    const marks = marksOf(relianceScatter({ rows, cut: 1.2 }, frame));
    expect(marks).toHaveLength(4);
    expect(new Set(marks.map((mark) => mark.attributes.d)).size).toBe(4);
    expect(new Set(marks.map((mark) => mark.attributes.class)).size).toBe(4);
  });

  it("puts the cut line exactly on a row that lies on the cut", () => {
    const figure = relianceScatter({ rows, cut: 1.2 }, frame);
    const mark = byClass(byClass(figure, "cr-marks")[0] as SvgNode, "cr-redundant")[0];
    const x = Number(/translate\(([^,]+)/.exec(String(mark?.attributes.transform))?.[1]);
    expect(byClass(figure, "cr-cut-line")[0]?.attributes.x1).toBeCloseTo(x, 1);
  });

  it("says in words what it shows", () => {
    const figure = relianceScatter(
      { rows: [...rows, { ...(rows[0] as ScatterRow), gain: Number.NaN }], cut: 1.2 },
      frame,
    );
    expect(figure.attributes.role).toBe("img");
    expect(figure.attributes["aria-labelledby"]).toBe("scatter-title scatter-desc");
    expect(ownText(byTag(figure, "desc"))).toBe(
      "4 rows: 1 redundant, 1 teacher-forced, 1 context-critical, 1 unhelpful. The cut is at perplexity 1.20; rows at or below it are flagged. 1 row without a context is left out.",
    );
  });

  it.each([
    ["no rows", [], null],
    ["only rows without numbers", [{ name: "a", verdict: "redundant", closedPerplexity: Number.NaN, gain: 0 }], 1],
  ] as const)("says that there is nothing to show: %s", (_, none, cut) => {
    const figure = relianceScatter({ rows: none, cut }, frame);
    expect(ownText(byClass(figure, "cr-label")[0])).toBe("No row has a context to be compared with.");
  });

  it.each([
    ["one row", rows.slice(0, 1)],
    ["equal rows", Array.from({ length: 5 }, () => rows[0] as ScatterRow)],
    ["perplexity 1", [{ ...(rows[0] as ScatterRow), closedPerplexity: 1, gain: 0 }]],
    ["huge perplexity", [{ ...(rows[0] as ScatterRow), closedPerplexity: 1e30, gain: 60 }, rows[1] as ScatterRow]],
  ])("stays inside its frame: %s", (_, some) => {
    const figure = relianceScatter({ rows: some, cut: (some[0] as ScatterRow).closedPerplexity }, frame);
    expect(svgText(figure)).not.toMatch(/NaN|Infinity|undefined/);
    for (const { attributes } of findAll(figure, (node) => node.tag === "line")) {
      expect(Number(attributes.x1)).toBeGreaterThanOrEqual(0);
      expect(Number(attributes.x2)).toBeLessThanOrEqual(frame.widthPx);
    }
  });

  it("draws marks that cover each other once, so that 50,000 rows stay a small picture", () => {
    const many = Array.from({ length: 50_000 }, (_, i): ScatterRow => {
      return { name: `line ${i}`, verdict: "context-critical", closedPerplexity: 2 + (i % 7), gain: (i % 5) / 10 };
    });
    expect(marksOf(relianceScatter({ rows: many, cut: 2 }, frame))).toHaveLength(35);
  });

  it("keeps names from the dataset as text", () => {
    const evil = { ...(rows[0] as ScatterRow), name: "<img src=x onerror=alert(1)>" };
    expect(svgText(relianceScatter({ rows: [evil], cut: 1.2 }, frame))).not.toContain("<img");
  });
});
