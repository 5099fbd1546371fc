import type { Verdict } from "../core/verdict.ts";
import { label, labelWidthPx } from "./plot.ts";
import { type SvgNode, svg } from "./svgNode.ts";
import { verdictMark, verdictOrder } from "./verdictMark.ts";

const linePx = 20;
const markPx = 18;
const gapPx = 14;

/** The key of a figure: mark and name of each verdict in it, wrapped to the width, with the height it took. */
export function verdictLegend(present: ReadonlySet<Verdict>, widthPx: number): { node: SvgNode; heightPx: number } {
  const children: SvgNode[] = [];
  let x = 0;
  let y = 0;
  for (const verdict of verdictOrder) {
    if (!present.has(verdict)) continue;
    const itemPx = markPx + labelWidthPx(verdict) + gapPx;
    if (x > 0 && x + itemPx - gapPx > widthPx) {
      x = 0;
      y += linePx;
    }
    children.push(verdictMark(verdict, x + 7, y + 9), label(x + markPx, y + 13, verdict));
    x += itemPx;
  }
  return { node: svg("g", { class: "cr-legend" }, ...children), heightPx: children.length === 0 ? 0 : y + linePx };
}
