import { scaleLinear } from "d3-scale";
import { yAxis } from "./axis.ts";
import { stripes } from "./contextHatch.ts";
import { countOf, shareText } from "./numberText.ts";
import { emptyFigure, type FigureFrame, figureRoot, label, line, type Margins } from "./plot.ts";
import { type ShareBar, shareLegend } from "./shareBars.ts";
import { shareRoleName, shareRoles } from "./shareRole.ts";
import { type SvgNode, svg } from "./svgNode.ts";
import { clipToCells } from "./textCells.ts";
import { visibleTokenText } from "./tokenText.ts";

const plotPx = 130;
/** Narrower columns have no borders of their own. */
const leastBorderedPx = 8;
/** Room of a token named on the axis. */
const tickPx = 56;

/**
 * Where attention goes while the answer is said: one stacked column per answer token, from left to right. Token names
 * stand below where columns are wide enough for them.
 */
export function shareColumns(title: string, columns: readonly ShareBar[], frame: FigureFrame): SvgNode {
  if (columns.length === 0) return emptyFigure(frame, title, "The answer has no tokens.");
  const present = shareRoles.filter((role) => columns.some(({ shares }) => shares[role] > 0.0005));
  const legend = shareLegend(present, frame);
  const plot = { left: 50, right: frame.widthPx - 4, top: legend.heightPx + 22, bottom: legend.heightPx + 22 + plotPx };
  const y = scaleLinear([0, 1], [plot.bottom, plot.top]);
  const columnPx = Math.min(72, (plot.right - plot.left) / columns.length);
  const isNamed = columnPx >= 26;
  // Borders of a pixel would cover what they border.
  const kind = columnPx >= leastBorderedPx ? "cr-share" : "cr-share cr-share-thin";
  const nodes = columns.flatMap(({ name, shares }, i) => {
    let top = plot.bottom;
    const x = plot.left + i * columnPx;
    const parts = shareRoles.flatMap((role) => {
      const heightPx = shares[role] * plotPx;
      if (!(heightPx > 0.05)) return [];
      top -= heightPx;
      const says = `token ${i + 1} ${visibleTokenText(name)}: ${shareRoleName[role]} ${shareText(shares[role], 1)}`;
      const box = { x, y: top, width: columnPx, height: heightPx };
      return [
        svg("rect", { ...box, class: `${kind} cr-role-${role}` }, svg("title", {}, says)),
        ...(role === "context" ? [svg("rect", { ...box, ...stripes(frame) })] : []),
      ];
    });
    const text = clipToCells(visibleTokenText(name), Math.max(2, Math.floor(columnPx / 7.4)));
    const named = label(x + columnPx / 2, plot.bottom + 15, text, { "text-anchor": "middle", class: "cr-quiet" });
    return isNamed ? [...parts, named] : parts;
  });
  const percent = (tick: number) => shareText(tick, 1);
  const described = `${countOf(columns.length, "answer token")}; attention of each by role.`;
  return figureRoot(frame, plot.bottom + (isNamed ? 24 : 40), title, described, [
    ...legend.nodes,
    yAxis(y, plot, "share of attention", percent),
    ...nodes,
    ...(isNamed ? [] : tokenTicks(columns, plot, columnPx)),
  ]);
}

/** Names and places of some of the tokens, where there is no room for all. */
function tokenTicks(columns: readonly ShareBar[], plot: Margins, columnPx: number): SvgNode[] {
  const every = Math.ceil(tickPx / columnPx);
  const nCells = Math.floor((tickPx - 6) / 7.4);
  return columns.flatMap(({ name }, i) => {
    const x = plot.left + (i + 0.5) * columnPx;
    if (i % every !== 0 || x + tickPx / 2 > plot.right + 4) return [];
    const placed = { "text-anchor": i === 0 ? "start" : "middle", class: "cr-quiet" };
    const at = i === 0 ? plot.left : x;
    return [
      line(x, plot.bottom, x, plot.bottom + 4, "cr-axis-line"),
      label(at, plot.bottom + 17, clipToCells(visibleTokenText(name), nCells), placed),
      label(at, plot.bottom + 32, String(i + 1), placed),
    ];
  });
}
