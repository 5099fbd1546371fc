import { natsText, shareText } from "./numberText.ts";
import { emptyFigure, type FigureFrame, figureRoot, label, line } from "./plot.ts";
import { type SvgNode, svg } from "./svgNode.ts";
import { clipToCells } from "./textCells.ts";
import { visibleTokenText } from "./tokenText.ts";

/** One sentence of the context. */
export interface AblationBar {
  readonly text: string;
  /** Fall of the target's mean log-probability without it, nats per token; null where it could not be measured. */
  readonly fall: number | null;
  /** Share of attention on it, in [0, 1]. */
  readonly attention: number;
  /** Attention and ablation put it at places far apart. */
  readonly disagrees: boolean;
}

const linePx = 44;
const topPx = 26;

/** What each context sentence is worth by two measures that need not agree: what the answer loses without it, and the attention it gets. */
export function ablationBars(bars: readonly AblationBar[], frame: FigureFrame): SvgNode {
  const title = "Attention against ablation, sentence by sentence";
  if (bars.length === 0) return emptyFigure(frame, title, "The row has no context to take sentences from.");
  const middle = frame.widthPx * 0.56;
  const largestFall = Math.max(1e-6, ...bars.map(({ fall }) => Math.abs(fall ?? 0)));
  const largestAttention = Math.max(1e-6, ...bars.map(({ attention }) => attention));
  const sides = {
    fall: { left: 0, room: middle - 70, largest: largestFall },
    attention: { left: middle + 12, room: frame.widthPx - middle - 76, largest: largestAttention },
  };
  const nodes = bars.flatMap((bar, i) => barNodes(bar, topPx + i * linePx, frame.widthPx, sides));
  return figureRoot(frame, topPx + bars.length * linePx, title, description(bars), [
    label(0, 12, "fall of log-probability without it (nats per token)", { class: "cr-quiet" }),
    label(middle + 12, 12, "share of attention", { class: "cr-quiet" }),
    ...nodes,
    line(middle, topPx - 6, middle, topPx + bars.length * linePx - 8, "cr-grid"),
  ]);
}

interface Side {
  readonly left: number;
  readonly room: number;
  readonly largest: number;
}

function barNodes(
  { text, fall, attention, disagrees }: AblationBar,
  top: number,
  widthPx: number,
  sides: { readonly fall: Side; readonly attention: Side },
): SvgNode[] {
  const words = clipToCells(visibleTokenText(text.trim()), Math.max(8, Math.floor(widthPx / 7.2) - 2));
  const fallPx = Math.max(1, (Math.abs(fall ?? 0) / sides.fall.largest) * sides.fall.room);
  const attentionPx = Math.max(1, (attention / sides.attention.largest) * sides.attention.room);
  const y = top + 20;
  return [
    label(0, top + 13, disagrees ? `≠ ${words}` : words, { class: disagrees ? "cr-strong" : "" }),
    ...(fall === null
      ? [label(0, y + 11, "reads as other tokens", { class: "cr-quiet" })]
      : [
          svg("rect", {
            class: fall >= 0 ? "cr-bar-positive" : "cr-bar-negative",
            x: 0,
            y,
            width: fallPx,
            height: 13,
            rx: 2,
          }),
          label(fallPx + 6, y + 11, natsText(fall), { class: "cr-quiet" }),
        ]),
    svg("rect", { class: "cr-bar-heat", x: sides.attention.left, y, width: attentionPx, height: 13, rx: 2 }),
    label(sides.attention.left + attentionPx + 6, y + 11, percentText(attention), { class: "cr-quiet" }),
  ];
}

function percentText(share: number): string {
  return share > 0 && share < 0.001 ? "<0.1 %" : shareText(share, 1);
}

function description(bars: readonly AblationBar[]): string {
  const disagreeing = bars.filter(({ disagrees }) => disagrees).length;
  const best = bars.reduce<AblationBar | null>(
    (most, bar) => ((bar.fall ?? -1e9) > (most?.fall ?? -1e9) ? bar : most),
    null,
  );
  const most =
    best?.fall == null
      ? ""
      : ` The answer loses most without “${visibleTokenText(best.text.trim()).slice(0, 120)}”: ${natsText(best.fall)} nats per token.`;
  return `${bars.length} context sentences; on ${disagreeing} attention and ablation disagree.${most}`;
}
