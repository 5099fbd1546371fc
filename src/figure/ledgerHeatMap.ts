import type { HeadPosition } from "../core/attentionLedger.ts";
import { shareText } from "./numberText.ts";
import { emptyFigure, type FigureFrame, figureRoot, label } from "./plot.ts";
import { type SvgNode, svg } from "./svgNode.ts";
import { visibleTokenText } from "./tokenText.ts";

export interface LedgerHeat {
  readonly nLayers: number;
  readonly nHeads: number;
  /** Share of attention, `[layer, head]`, in [0, 1]; NaN where there is none. */
  readonly shares: ArrayLike<number>;
  /** Whose share it is, e.g. `user`. */
  readonly roleName: string;
  /** Heads of each layer by falling share, or in their order. */
  readonly isSorted: boolean;
  readonly chosen: HeadPosition | null;
  /** Heads picked to be steered; each has a dot. */
  readonly picked: readonly HeadPosition[];
}

/** A cell of the map; `column` is where it stands in its line. */
export interface HeatCell {
  readonly layerIdx: number;
  readonly headIdx: number;
  readonly column: number;
  readonly share: number;
}

const left = 34;

/** The cells line by line, as the map shows them. */
export function heatCells({ nLayers, nHeads, shares, isSorted }: LedgerHeat): HeatCell[][] {
  return Array.from({ length: nLayers }, (_, layerIdx) => {
    const heads = Array.from({ length: nHeads }, (_, headIdx) => ({
      layerIdx,
      headIdx,
      share: shares[layerIdx * nHeads + headIdx] ?? Number.NaN,
    }));
    if (isSorted) heads.sort((a, b) => (b.share || 0) - (a.share || 0) || a.headIdx - b.headIdx);
    return heads.map((cell, column) => ({ ...cell, column }));
  });
}

/** Which heads look at a role: one line per layer, one cell per head, the stronger the larger the share. */
export function ledgerHeatMap(named: LedgerHeat, frame: FigureFrame): SvgNode {
  const heat = { ...named, roleName: visibleTokenText(named.roleName).slice(0, 80) };
  const title = `Attention on ${heat.roleName} by layer and head`;
  if (heat.nLayers * heat.nHeads === 0) return emptyFigure(frame, title, "This model shows no attention.");
  const cellPx = Math.min(34, (frame.widthPx - left - 2) / heat.nHeads);
  const rowPx = Math.max(6, Math.min(22, cellPx));
  const top = 20;
  const lines = heatCells(heat);
  const isWritten = cellPx >= 30;
  const cells = lines.flatMap((line) =>
    line.flatMap((cell) => cellNodes(cell, heat, { cellPx, rowPx, top, isWritten })),
  );
  const every = rowPx < 12 ? 2 : 1;
  const names = lines.flatMap((_, layerIdx) =>
    layerIdx % every === 0
      ? [
          label(left - 6, top + (layerIdx + 0.5) * rowPx + 4, `L${layerIdx}`, {
            "text-anchor": "end",
            class: "cr-quiet",
          }),
        ]
      : [],
  );
  const heading = heat.isSorted ? "heads by falling share →" : "heads 0 … →";
  return figureRoot(frame, top + heat.nLayers * rowPx + 2, title, description(heat, lines), [
    label(left, 12, heading, { class: "cr-quiet" }),
    ...names,
    ...cells,
  ]);
}

function cellNodes(
  { layerIdx, headIdx, column, share }: HeatCell,
  heat: LedgerHeat,
  { cellPx, rowPx, top, isWritten }: { cellPx: number; rowPx: number; top: number; isWritten: boolean },
): SvgNode[] {
  const box = {
    x: left + column * cellPx + 0.5,
    y: top + layerIdx * rowPx + 0.5,
    width: cellPx - 1,
    height: rowPx - 1,
  };
  const isHere = (head: HeadPosition) => head.layerIdx === layerIdx && head.headIdx === headIdx;
  const isPicked = heat.picked.some(isHere);
  const said = Number.isFinite(share) ? shareText(share, 1) : "–";
  const says = `layer ${layerIdx}, head ${headIdx}: ${heat.roleName} ${said}${isPicked ? ", picked" : ""}`;
  const isChosen = heat.chosen !== null && isHere(heat.chosen);
  const strength = Number.isFinite(share) ? share : 0;
  return [
    svg(
      "g",
      { class: "cr-heat", "data-layer": layerIdx, "data-head": headIdx },
      svg("title", {}, says),
      svg("rect", { ...box, class: "cr-heat-ground" }),
      svg("rect", { ...box, class: "cr-heat-cell", "fill-opacity": strength * 0.7 }),
      ...(isWritten && strength >= 0.005
        ? [
            label(box.x + box.width / 2, box.y + box.height / 2 + 4, String(Math.round(strength * 100)), {
              "text-anchor": "middle",
              class: "cr-heat-text",
            }),
          ]
        : []),
      ...(isChosen ? [svg("rect", { ...box, class: "cr-heat-chosen" })] : []),
      ...(isPicked ? [pickedDot(box)] : []),
    ),
  ];
}

/** In the upper corner, clear of the number that may stand in the middle. */
function pickedDot({ x, y, width, height }: { x: number; y: number; width: number; height: number }): SvgNode {
  const r = Math.min(3.5, width / 3, height / 3);
  return svg("circle", { class: "cr-heat-picked", cx: x + width - r - 1.5, cy: y + r + 1.5, r });
}

function description(
  { roleName, nLayers, nHeads, picked }: LedgerHeat,
  lines: readonly (readonly HeatCell[])[],
): string {
  const cells = lines.flat().filter(({ share }) => Number.isFinite(share));
  const largest = cells.reduce<HeatCell | null>((best, cell) => (best && best.share >= cell.share ? best : cell), null);
  const most = largest
    ? ` Head ${largest.headIdx} of layer ${largest.layerIdx} looks there most: ${shareText(largest.share, 1)}.`
    : "";
  const pickedWords =
    picked.length > 0 ? ` Picked: ${picked.map((head) => `L${head.layerIdx} H${head.headIdx}`).join(", ")}.` : "";
  return `${nLayers} layers of ${nHeads} heads, share of attention on ${roleName}.${most}${pickedWords}`;
}
