import { natsText } from "./numberText.ts";
import { emptyFigure, type FigureFrame, figureRoot, label } from "./plot.ts";
import { type SvgNode, svg } from "./svgNode.ts";
import { clipToCells } from "./textCells.ts";
import { visibleTokenText } from "./tokenText.ts";

/** A token that may come next. */
export interface Choice {
  readonly text: string;
  readonly logProb: number;
  /** The token that the answer has at this place. */
  readonly isTarget: boolean;
}

/** The choices of one condition, most probable first. */
export interface ChoiceColumn {
  readonly name: string;
  readonly choices: readonly Choice[];
}

const linePx = 22;
const topPx = 24;
const gapPx = 18;

/** What the model would say next under several conditions, side by side: bars of probability, the answer's token in bold. */
export function choiceBars(title: string, columns: readonly ChoiceColumn[], frame: FigureFrame): SvgNode {
  if (columns.length === 0) return emptyFigure(frame, title, "There is no choice to show.");
  const perLine = Math.max(1, Math.min(columns.length, Math.floor((frame.widthPx + gapPx) / (168 + gapPx))));
  const columnPx = (frame.widthPx - gapPx * (perLine - 1)) / perLine;
  const blockPx = topPx + Math.max(...columns.map(({ choices }) => choices.length)) * linePx + 10;
  const nodes = columns.flatMap((column, i) =>
    columnNodes(column, (i % perLine) * (columnPx + gapPx), Math.floor(i / perLine) * blockPx, columnPx),
  );
  const heightPx = Math.ceil(columns.length / perLine) * blockPx;
  const described = columns
    .map(
      ({ name, choices }) =>
        `${visibleTokenText(name)}: ${choices.map(({ text }) => visibleTokenText(text)).join(", ")}.`,
    )
    .join(" ");
  return figureRoot(frame, heightPx, title, described, nodes);
}

function columnNodes({ name, choices }: ChoiceColumn, left: number, top: number, widthPx: number): SvgNode[] {
  const namePx = Math.min(96, widthPx * 0.4);
  const roomPx = widthPx - namePx - 52;
  return [
    label(left, top + 13, clipToCells(visibleTokenText(name), Math.floor(widthPx / 7)), { class: "cr-strong" }),
    ...choices.flatMap(({ text, logProb, isTarget }, i) => {
      const y = top + topPx + i * linePx;
      const probability = Math.exp(logProb);
      const shown = clipToCells(visibleTokenText(text), Math.max(3, Math.floor(namePx / 8) - 1));
      const says = `${visibleTokenText(text).slice(0, 200)}: log-probability ${natsText(logProb)}${isTarget ? ", the answer's token" : ""}`;
      const barPx = Math.max(1, probability * roomPx);
      return [
        svg(
          "g",
          {},
          svg("title", {}, says),
          label(left, y + 14, isTarget ? `› ${shown}` : `  ${shown}`, {
            class: isTarget ? "cr-token-text cr-strong" : "cr-token-text",
          }),
          svg("rect", { class: "cr-bar-heat", x: left + namePx, y: y + 3, width: barPx, height: 13, rx: 2 }),
          label(left + namePx + barPx + 6, y + 14, probabilityText(probability), { class: "cr-quiet" }),
        ),
      ];
    }),
  ];
}

/** A probability in percent with as many digits as say something. */
export function probabilityText(probability: number): string {
  const percent = probability * 100;
  if (percent >= 99.95) return "100 %";
  if (percent < 0.01) return "<0.01 %";
  return `${percent >= 10 ? percent.toFixed(1) : percent.toFixed(2)} %`;
}
