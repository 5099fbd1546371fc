import { contextHatch, stripes } from "./contextHatch.ts";
import { shareText } from "./numberText.ts";
import { emptyFigure, type FigureFrame, figureRoot, label, labelWidthPx } from "./plot.ts";
import { type RoleShares, type ShareRole, shareRoleName, shareRoles } from "./shareRole.ts";
import { type SvgNode, svg } from "./svgNode.ts";
import { clipToCells } from "./textCells.ts";
import { visibleTokenText } from "./tokenText.ts";

/** One bar: a prompt, a head, an answer token. */
export interface ShareBar {
  readonly name: string;
  readonly shares: RoleShares;
}

const barPx = 18;
const linePx = 26;
const nameLinePx = 18;
const legendPx = 22;
const nameCells = 40;
const mostNameUnits = 200;

/**
 * Where attention goes, as stacked bars that end at the sum of their shares (1 where everything is shown): one line per
 * bar, roles always in one order, shares of at least 9 % written into the bar.
 */
export function shareBars(title: string, named: readonly ShareBar[], frame: FigureFrame): SvgNode {
  const bars = named.map(({ name, shares }) => ({ name: visibleTokenText(name).slice(0, mostNameUnits), shares }));
  if (bars.length === 0) return emptyFigure(frame, title, "There is no attention to show.");
  const present = shareRoles.filter((role) => bars.some(({ shares }) => shares[role] > 0.0005));
  const longest = Math.max(...bars.map(({ name }) => labelWidthPx(clipToCells(name, nameCells))));
  // Names that would take half of the width stand above their bars.
  const isBeside = longest + 10 <= frame.widthPx * 0.45;
  const left = isBeside ? longest + 10 : 0;
  const legend = shareLegend(present, frame);
  const stepPx = isBeside ? linePx : linePx + nameLinePx;
  const lines = bars.flatMap((bar, i) => oneBar(bar, frame, legend.heightPx + i * stepPx, left));
  const heightPx = legend.heightPx + bars.length * stepPx;
  return figureRoot(frame, heightPx, title, description(bars), [...legend.nodes, ...lines]);
}

/** `left` is where the bar begins; without room beside it, its name is above it. */
function oneBar({ name, shares }: ShareBar, frame: FigureFrame, start: number, left: number): SvgNode[] {
  const top = left > 0 ? start : start + nameLinePx;
  const named =
    left > 0
      ? label(left - 8, top + 15, clipToCells(name, nameCells), { "text-anchor": "end" })
      : label(0, start + 13, clipToCells(name, Math.floor(frame.widthPx / labelWidthPx("x"))));
  const roomPx = frame.widthPx - left - 2;
  let x = left;
  const parts = shareRoles.flatMap((role) => {
    const share = shares[role];
    if (!(share > 0.0005)) return [];
    const widthPx = share * roomPx;
    const partX = x;
    x += widthPx;
    const says = `${name}: ${shareRoleName[role]} ${shareText(share, 1)}`;
    const box = { x: partX, y: top + 2, width: widthPx, height: barPx };
    return [
      svg("rect", { ...box, class: `cr-share cr-role-${role}` }, svg("title", {}, says)),
      ...(role === "context" ? [svg("rect", { ...box, ...stripes(frame) })] : []),
      ...(share >= 0.09 && widthPx > 34
        ? [
            ...(role === "context" ? [numberPlate(partX + widthPx / 2, top + 2, shareText(share, 1))] : []),
            label(partX + widthPx / 2, top + 15, shareText(share, 1), {
              "text-anchor": "middle",
              class: `cr-share-text cr-role-${role}`,
            }),
          ]
        : []),
    ];
  });
  return [named, ...parts];
}

/** Keeps the stripes away from a number that stands on them. */
function numberPlate(middle: number, top: number, text: string): SvgNode {
  const widthPx = labelWidthPx(text) + 4;
  const box = { x: middle - widthPx / 2, y: top + 1, width: widthPx, height: barPx - 2, rx: 2 };
  return svg("rect", { ...box, class: "cr-share-plate cr-role-context" });
}

/** The key of the roles that are there, wrapped to the width. */
export function shareLegend(
  present: readonly ShareRole[],
  frame: FigureFrame,
): { readonly nodes: SvgNode[]; readonly heightPx: number } {
  let x = 0;
  let y = 0;
  const nodes = present.flatMap((role) => {
    const itemPx = 16 + labelWidthPx(shareRoleName[role]) + 12;
    if (x > 0 && x + itemPx > frame.widthPx) {
      x = 0;
      y += legendPx;
    }
    const box = { x, y: y + 3, width: 11, height: 11 };
    const item = [
      svg("rect", { ...box, class: `cr-share cr-role-${role}` }),
      ...(role === "context" ? [svg("rect", { ...box, ...stripes(frame) })] : []),
      label(x + 16, y + 13, shareRoleName[role]),
    ];
    x += itemPx;
    return item;
  });
  return { nodes: [contextHatch(frame), ...nodes], heightPx: present.length === 0 ? 0 : y + legendPx + 4 };
}

function description(bars: readonly ShareBar[]): string {
  return bars
    .slice(0, 12)
    .map(({ name, shares }) => {
      const parts = shareRoles.filter((role) => shares[role] > 0.0005);
      return `${name}: ${parts.map((role) => `${shareRoleName[role]} ${shareText(shares[role], 1)}`).join(", ")}.`;
    })
    .join(" ");
}
