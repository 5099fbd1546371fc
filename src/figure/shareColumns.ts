import { scaleLinear } from "d3-scale";
import { yAxis } from "./axis.ts";
import { stripes } from "./contextHatch.ts";
import { countOf, shareText } from "./numberText.ts";
import { emptyFigure, type FigureFrame, figureRoot, label } from "./plot.ts";
import { type ShareBar, shareLegend } from "./shareBars.ts";
import { shareRoleName, shareRoles } from "./shareRole.ts";
import { type SvgNode, svg } from "./svgNode.ts";
import { clipToCells } from "./textCells.ts";
import { visibleTokenText } from "./tokenText.ts";

const plotPx = 130;

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
        svg("rect", { ...box, class: `cr-share cr-role-${role}` }, svg("title", {}, says)),
        ...(role === "context" ? [svg("rect", { ...box, ...stripes(frame) })] : []),
      ];
    });
    const text = clipToCells(visibleTokenText(name), Math.max(2, Math.floor(columnPx / 7.4)));
    const named = label(x + columnPx / 2, plot.bottom + 15, text, { "text-anchor": "middle", class: "cr-quiet" });
    return isNamed ? [...parts, named] : parts;
  });
  const percent = (tick: number) => shareText(tick, 1);
  const described = `${countOf(columns.length, "answer token")}; attention of each by role.`;
  return figureRoot(frame, plot.bottom + (isNamed ? 24 : 8), title, described, [
    ...legend.nodes,
    yAxis(y, plot, "share of attention", percent),
    ...nodes,
  ]);
}
