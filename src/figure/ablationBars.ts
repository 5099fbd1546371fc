import { natsText, shareText } from "./numberText.ts";
import { emptyFigure, type FigureFrame, figureRoot, label, labelWidthPx, line, readingLabel } from "./plot.ts";
import { type SvgNode, svg } from "./svgNode.ts";
import { textDirection } from "./textDirection.ts";
import { visibleTokenText } from "./tokenText.ts";
import { wrappedLines } from "./wrappedText.ts";

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

const linePx = 15;
const barPx = 13;
const gapPx = 12;
/** As many lines as a sentence is shown with; the table has the whole of it. */
const mostLines = 4;
const mostUnits = 1000;
/** Room for the number behind the longest bar. */
const numberPx = labelWidthPx("+00.00") + 8;
const fallHeading = "fall of log-probability without it (nats per token)";
const attentionHeading = "share of attention";

/** What each context sentence is worth by two measures that need not agree: what the answer loses without it, and the attention it gets. */
export function ablationBars(bars: readonly AblationBar[], frame: FigureFrame): SvgNode {
  const title = "Attention against ablation, sentence by sentence";
  if (bars.length === 0) return emptyFigure(frame, title, "The row has no context to take sentences from.");
  const middle = frame.widthPx * 0.56;
  const largestFall = Math.max(1e-6, ...bars.map(({ fall }) => Math.abs(fall ?? 0)));
  const largestAttention = Math.max(1e-6, ...bars.map(({ attention }) => attention));
  const sides = {
    fall: { left: 0, room: middle - gapPx - numberPx, largest: largestFall },
    attention: {
      left: middle + gapPx,
      room: frame.widthPx - middle - gapPx - numberPx,
      largest: largestAttention,
    },
  };
  const headings = [
    ...headingNodes(fallHeading, 0, middle - gapPx),
    ...headingNodes(attentionHeading, middle + gapPx, frame.widthPx - middle - gapPx),
  ];
  let y = Math.max(...headings.map(({ attributes }) => Number(attributes.y))) + 10;
  const nodes = bars.flatMap((bar) => {
    const drawn = barNodes(bar, y, frame.widthPx, sides);
    y = drawn.bottom;
    return drawn.nodes;
  });
  return figureRoot(frame, y, title, description(bars), [...headings, ...nodes]);
}

function headingNodes(words: string, left: number, widthPx: number): SvgNode[] {
  return wrappedLines(words, widthPx, mostLines).map((text, i) =>
    label(left, 12 + i * linePx, text, { class: "cr-quiet" }),
  );
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
): { nodes: SvgNode[]; bottom: number } {
  const words = visibleTokenText(text.trim()).slice(0, mostUnits);
  const direction = textDirection([words]);
  // Bold letters are a little wider.
  const lines = wrappedLines(disagrees ? `≠ ${words}` : words, disagrees ? widthPx * 0.92 : widthPx, mostLines);
  const fallPx = Math.max(1, (Math.abs(fall ?? 0) / sides.fall.largest) * sides.fall.room);
  const attentionPx = Math.max(1, (attention / sides.attention.largest) * sides.attention.room);
  const y = top + lines.length * linePx + 5;
  const { left } = sides.attention;
  const nodes = [
    ...lines.map((words, i) =>
      readingLabel({ x: 0, y: top + 13 + i * linePx, widthPx }, words, direction, {
        class: disagrees ? "cr-strong" : "",
      }),
    ),
    ...(fall === null
      ? [label(0, y + 11, "reads as other tokens", { class: "cr-quiet" })]
      : [
          svg("rect", {
            class: fall >= 0 ? "cr-bar-positive" : "cr-bar-negative",
            x: 0,
            y,
            width: fallPx,
            height: barPx,
            rx: 2,
          }),
          label(fallPx + 6, y + 11, natsText(fall), { class: "cr-quiet" }),
        ]),
    svg("rect", { class: "cr-bar-heat", x: left, y, width: attentionPx, height: barPx, rx: 2 }),
    label(left + attentionPx + 6, y + 11, percentText(attention), { class: "cr-quiet" }),
    // Between the bars only: the sentence above has the whole width.
    line(left - gapPx, y - 3, left - gapPx, y + barPx + 3, "cr-grid"),
  ];
  return { nodes, bottom: y + barPx + 12 };
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
