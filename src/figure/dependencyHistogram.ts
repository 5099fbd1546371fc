import { scaleLinear } from "d3-scale";
import { cutLine, type LinearScale, yAxis, zeroBasedScale } from "./axis.ts";
import { countOf, countText } from "./numberText.ts";
import { emptyFigure, type FigureFrame, figureRoot, label, line } from "./plot.ts";
import { type SvgNode, svg } from "./svgNode.ts";

export interface DependencyHistogram {
  /** Context-dependency scores, in [0, 1]; NaN is left out. */
  readonly scores: readonly number[];
  readonly threshold: number;
}

/** Bins of 0.05, so that the usual threshold of 0.6 is a border between two. */
const nBins = 20;

/** How much the turns of a dataset depend on what the user said: turns by score, those above the threshold in colour. */
export function dependencyHistogram({ scores, threshold }: DependencyHistogram, frame: FigureFrame): SvgNode {
  const title = "Turns by context-dependency score";
  const known = scores.filter((score) => Number.isFinite(score));
  if (known.length === 0) return emptyFigure(frame, title, "No turn has a score.");
  const top = 52;
  const bottom = top + Math.round(Math.min(220, frame.widthPx * 0.5));
  const plot = { top, bottom, left: 46, right: frame.widthPx - 10 };
  const bins = Array.from({ length: nBins }, () => ({ nAbove: 0, nOthers: 0 }));
  for (const score of known) {
    const bin = bins[binOf(score)];
    if (bin === undefined) continue;
    if (score > threshold) bin.nAbove++;
    else bin.nOthers++;
  }
  const nAbove = known.filter((score) => score > threshold).length;
  const x = scaleLinear([0, 1], [plot.left, plot.right]);
  const y = zeroBasedScale([0, ...bins.map((bin) => bin.nAbove + bin.nOthers)], [bottom, top + 20]);
  const description = `${countText(nAbove)} of ${countOf(known.length, "turn")} above the threshold of ${threshold}.`;
  return figureRoot(frame, bottom + 42, title, description, [
    key(),
    yAxis(y, plot, "turns", (tick) => (Number.isInteger(tick) ? countText(tick) : "")),
    ...[0, 0.2, 0.4, 0.6, 0.8, 1].flatMap((tick) => [
      line(x(tick), top, x(tick), bottom, "cr-grid"),
      label(x(tick), bottom + 16, String(tick), { "text-anchor": "middle", class: "cr-quiet" }),
    ]),
    label((plot.left + plot.right) / 2, bottom + 34, "context-dependency score", { "text-anchor": "middle" }),
    ...bins.flatMap((bin, binIdx) => bars(bin, binIdx, x, y)),
    cutLine(x(threshold), plot, `threshold ${threshold}`),
  ]);
}

/** A score on a border belongs to the bin below it, as it is not above a threshold there. */
function binOf(score: number): number {
  // Rounding first: 0.6 * 20 is not exactly 12 for every way 0.6 came about.
  return Math.min(nBins - 1, Math.max(0, Math.ceil(Number((score * nBins).toFixed(9))) - 1));
}

function bars(
  { nAbove, nOthers }: { readonly nAbove: number; readonly nOthers: number },
  binIdx: number,
  x: LinearScale,
  y: LinearScale,
): SvgNode[] {
  const [low, high] = [binIdx / nBins, (binIdx + 1) / nBins];
  const says = `score ${low.toFixed(2)} to ${high.toFixed(2)}: ${countText(nAbove)} above, ${countText(nOthers)} not`;
  const bar = (className: string, from: number, to: number): SvgNode =>
    svg(
      "rect",
      { class: className, x: x(low) + 1, width: x(high) - x(low) - 2, y: y(to), height: y(from) - y(to) },
      svg("title", {}, says),
    );
  return [
    ...(nOthers > 0 ? [bar("cr-bar", 0, nOthers)] : []),
    ...(nAbove > 0 ? [bar("cr-bar-positive", nOthers, nOthers + nAbove)] : []),
  ];
}

function key(): SvgNode {
  return svg(
    "g",
    { class: "cr-legend" },
    svg("rect", { class: "cr-bar-positive", x: 0.5, y: 3, width: 18, height: 12 }),
    label(26, 13, "above the threshold"),
    svg("rect", { class: "cr-bar", x: 165, y: 3, width: 18, height: 12 }),
    label(190, 13, "not above it"),
  );
}
