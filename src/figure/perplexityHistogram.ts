import { cutLine, type LogScale, logScale, xAxis, yAxis, zeroBasedScale } from "./axis.ts";
import { countOf, countText, perplexityText } from "./numberText.ts";
import { emptyFigure, type FigureFrame, figureRoot, label } from "./plot.ts";
import { type SvgNode, svg } from "./svgNode.ts";

export interface HistogramData {
  /** Closed-book perplexities of the rows that have a context. */
  readonly closedPerplexities: readonly number[];
  /** Rows at or below it are flagged; null when no row has a context. */
  readonly cut: number | null;
}

interface Bin {
  readonly low: number;
  readonly high: number;
  nFlagged: number;
  nOthers: number;
}

/**
 * How sure the model is without the context: rows by closed-book perplexity in bins of equal width on a log axis, the
 * flagged ones hatched. A bin that the cut divides shows both parts, one on the other.
 */
export function perplexityHistogram(data: HistogramData, frame: FigureFrame): SvgNode {
  const title = "Rows by closed-book perplexity";
  const values = data.closedPerplexities.filter((value) => value > 0 && Number.isFinite(value));
  if (values.length === 0) return emptyFigure(frame, title, "No row has a context to be compared with.");
  const plot = {
    top: 52,
    right: frame.widthPx - 10,
    bottom: 52 + Math.round(Math.min(220, frame.widthPx * 0.5)),
    left: 46,
  };
  const x = logScale(data.cut === null ? values : [...values, data.cut], [plot.left, plot.right]);
  const bins = logBins(values, data.cut, x, binCount(values.length, frame.widthPx));
  const y = zeroBasedScale([0, ...bins.map((bin) => bin.nFlagged + bin.nOthers)], [plot.bottom, plot.top + 20]);
  const nFlagged = bins.reduce((sum, bin) => sum + bin.nFlagged, 0);
  const wholeTicks = (tick: number) => (Number.isInteger(tick) ? countText(tick) : "");
  return figureRoot(frame, plot.bottom + 42, title, description(values, nFlagged, data.cut), [
    hatching(frame),
    key(frame),
    yAxis(y, plot, "rows", wholeTicks),
    xAxis(x, plot, "closed-book perplexity (log scale)"),
    ...bins.flatMap((bin) => bars(bin, x, y, frame)),
    ...(data.cut === null ? [] : [cutLine(x(data.cut), plot, `cut ${perplexityText(data.cut)}`)]),
  ]);
}

/** Rice's rule, 2 n^(1/3), within what the width can show. */
function binCount(nRows: number, widthPx: number): number {
  return Math.max(6, Math.min(Math.floor(widthPx / 16), Math.ceil(2 * Math.cbrt(nRows)) + 4));
}

function logBins(values: readonly number[], cut: number | null, x: LogScale, nBins: number): Bin[] {
  const [low = 1, high = 10] = x.domain().map(Math.log);
  const step = (high - low) / nBins;
  const bins = Array.from({ length: nBins }, (_, i): Bin => {
    return { low: Math.exp(low + i * step), high: Math.exp(low + (i + 1) * step), nFlagged: 0, nOthers: 0 };
  });
  for (const value of values) {
    const bin = bins[Math.min(nBins - 1, Math.max(0, Math.floor((Math.log(value) - low) / step)))];
    if (bin === undefined) continue;
    if (cut !== null && value <= cut) bin.nFlagged++;
    else bin.nOthers++;
  }
  return bins.filter((bin) => bin.nFlagged + bin.nOthers > 0);
}

function bars(bin: Bin, x: LogScale, y: (count: number) => number, frame: FigureFrame): SvgNode[] {
  const left = x(bin.low) + 1;
  const width = Math.max(1, x(bin.high) - x(bin.low) - 2);
  const says = `perplexity ${perplexityText(bin.low)} to ${perplexityText(bin.high)}: ${countText(bin.nFlagged)} flagged, ${countText(bin.nOthers)} not`;
  const bar = (className: string, from: number, to: number, extra: Record<string, string> = {}) =>
    svg(
      "rect",
      { class: className, x: left, width, y: y(to), height: y(from) - y(to), ...extra },
      svg("title", {}, says),
    );
  const nodes: SvgNode[] = [];
  if (bin.nFlagged > 0) nodes.push(bar("cr-bar-flagged", 0, bin.nFlagged, { fill: `url(#${frame.id}-hatch)` }));
  if (bin.nOthers > 0) nodes.push(bar("cr-bar", bin.nFlagged, bin.nFlagged + bin.nOthers));
  return nodes;
}

function hatching(frame: FigureFrame): SvgNode {
  const pattern = {
    id: `${frame.id}-hatch`,
    width: 6,
    height: 6,
    patternUnits: "userSpaceOnUse",
    patternTransform: "rotate(45)",
  };
  return svg(
    "defs",
    {},
    svg(
      "pattern",
      pattern,
      svg("rect", { class: "cr-hatch-ground", width: 6, height: 6 }),
      svg("rect", { class: "cr-hatch-line", width: 3, height: 6 }),
    ),
  );
}

function key(frame: FigureFrame): SvgNode {
  return svg(
    "g",
    { class: "cr-legend" },
    svg("rect", { class: "cr-bar-flagged", x: 0.5, y: 3, width: 18, height: 12, fill: `url(#${frame.id}-hatch)` }),
    label(26, 13, "flagged"),
    svg("rect", { class: "cr-bar", x: 90, y: 3, width: 18, height: 12 }),
    label(115, 13, "not flagged"),
  );
}

function description(values: readonly number[], nFlagged: number, cut: number | null): string {
  if (cut === null) return `${countOf(values.length, "row")}, no cut.`;
  return `${countOf(nFlagged, "row")} of ${countText(values.length)} at or below the cut of ${perplexityText(cut)}.`;
}
