import type { Verdict } from "../core/verdict.ts";
import { cutLine, type LinearScale, type LogScale, logScale, xAxis, yAxis, zeroBasedScale } from "./axis.ts";
import { countOf, countText, natsText, perplexityText } from "./numberText.ts";
import { emptyFigure, type FigureFrame, figureRoot, type Margins } from "./plot.ts";
import { type SvgNode, svg } from "./svgNode.ts";
import { verdictLegend } from "./verdictLegend.ts";
import { verdictMark, verdictOrder } from "./verdictMark.ts";

/** One row in the plane of closed-book perplexity and context gain. */
export interface ScatterRow {
  /** What the mark says when it is pointed at, e.g. `line 12`. */
  readonly name: string;
  readonly verdict: Verdict;
  readonly closedPerplexity: number;
  /** Mean context gain, nats per target token. */
  readonly gain: number;
}

export interface ScatterData {
  readonly rows: readonly ScatterRow[];
  /** Closed-book perplexity of the cut; null when no row has a context. */
  readonly cut: number | null;
}

/** Marks nearer than this cover each other: of equal verdicts only the first is drawn, so a file of any length stays a small picture. */
const cellPx = 2;

/** Areas of a mark in square pixels: where rows crowd, smaller marks leave more of them visible. */
const markPx2 = { few: 56, many: 26 };
const crowdRows = 150;

/**
 * How far each row relies on its context: closed-book perplexity (log axis) against mean context gain, one mark per row,
 * verdict by colour and shape. Rows at or left of the cut line are flagged. Rows without both numbers are left out and counted.
 */
export function relianceScatter(data: ScatterData, frame: FigureFrame): SvgNode {
  const title = "Closed-book perplexity against context gain";
  const rows = data.rows.filter((row) => row.closedPerplexity > 0 && Number.isFinite(row.closedPerplexity + row.gain));
  if (rows.length === 0) return emptyFigure(frame, title, "No row has a context to be compared with.");
  const legend = verdictLegend(new Set(rows.map((row) => row.verdict)), frame.widthPx);
  const top = legend.heightPx + 30;
  const plot = { top, right: frame.widthPx - 10, bottom: top + plotHeightPx(frame), left: 46 };
  const perplexities = rows.map((row) => row.closedPerplexity);
  const gains = rows.map((row) => row.gain);
  const x = logScale(data.cut === null ? perplexities : [...perplexities, data.cut], [plot.left, plot.right]);
  const y = zeroBasedScale(gains, [plot.bottom, plot.top]);
  return figureRoot(frame, plot.bottom + 42, title, description(rows, data), [
    legend.node,
    ...(data.cut === null ? [] : [flaggedArea(x(data.cut), plot)]),
    yAxis(y, plot, "context gain (nats per token)", (tick) => natsText(tick).replace(/\.?0+$/, "") || "0"),
    xAxis(x, plot, "closed-book perplexity (log scale)"),
    ...(data.cut === null ? [] : [cutLine(x(data.cut), plot, `cut ${perplexityText(data.cut)}`)]),
    svg("g", { class: "cr-marks" }, ...marks(rows, x, y)),
  ]);
}

function plotHeightPx(frame: FigureFrame): number {
  return Math.round(Math.min(340, Math.max(220, frame.widthPx * 0.48)));
}

function flaggedArea(cutX: number, plot: Margins): SvgNode {
  const { left, top, bottom } = plot;
  return svg("rect", {
    class: "cr-flagged-area",
    x: left,
    y: top,
    width: Math.max(0, cutX - left),
    height: bottom - top,
  });
}

function marks(rows: readonly ScatterRow[], x: LogScale, y: LinearScale): SvgNode[] {
  const taken = new Set<string>();
  const nodes: SvgNode[] = [];
  const areaPx = rows.length > crowdRows ? markPx2.many : markPx2.few;
  // Redundant rows are drawn last: they are what the figure is about.
  for (const verdict of [...verdictOrder].reverse()) {
    for (const row of rows) {
      if (row.verdict !== verdict) continue;
      const cell = `${verdict} ${Math.round(x(row.closedPerplexity) / cellPx)} ${Math.round(y(row.gain) / cellPx)}`;
      if (taken.has(cell)) continue;
      taken.add(cell);
      const says = `${row.name}: ${row.verdict}, closed-book perplexity ${perplexityText(row.closedPerplexity)}, gain ${natsText(row.gain)}`;
      const mark = verdictMark(verdict, x(row.closedPerplexity), y(row.gain), areaPx);
      nodes.push({ ...mark, children: [svg("title", {}, says)] });
    }
  }
  return nodes;
}

function description(rows: readonly ScatterRow[], data: ScatterData): string {
  const parts = verdictOrder
    .map((verdict) => [verdict, rows.filter((row) => row.verdict === verdict).length] as const)
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${countText(count)} ${verdict}`);
  const nLeftOut = data.rows.length - rows.length;
  const cut =
    data.cut === null ? "" : ` The cut is at perplexity ${perplexityText(data.cut)}; rows at or below it are flagged.`;
  const leftOut =
    nLeftOut === 0 ? "" : ` ${countOf(nLeftOut, "row")} without a context ${nLeftOut === 1 ? "is" : "are"} left out.`;
  return `${countOf(rows.length, "row")}: ${parts.join(", ")}.${cut}${leftOut}`;
}
