import type { SegmentRole } from "../core/role.ts";
import { shareText } from "./numberText.ts";
import { emptyFigure, type FigureFrame, figureRoot, label, line } from "./plot.ts";
import { type SvgNode, svg } from "./svgNode.ts";
import { clipToCells, textCells } from "./textCells.ts";
import { visibleTokenText } from "./tokenText.ts";

export interface PromptToken {
  readonly text: string;
  readonly role: SegmentRole;
  /** Share of the looking token's attention, in [0, 1]; null where nothing looks. */
  readonly attention: number | null;
}

const cellPx = 7.8;
const linePx = 30;
const boxPx = 20;
const mostTokens = 4096;

/**
 * A prompt token by token: its role as a line below it, the attention it gets as a fill that is full at the largest
 * share shown.
 */
export function promptAttention(
  tokens: readonly PromptToken[],
  lookingIdx: number | null,
  frame: FigureFrame,
): SvgNode {
  const title = "Prompt by role, and where the chosen token looks";
  if (tokens.length === 0) return emptyFigure(frame, title, "The prompt has no tokens.");
  const largest = Math.max(1e-9, ...tokens.slice(0, mostTokens).map(({ attention }) => attention ?? 0));
  let x = 0;
  let lineIdx = 0;
  const nodes = tokens.slice(0, mostTokens).map((token, tokenIdx) => {
    const text = clipToCells(visibleTokenText(token.text), Math.min(28, Math.floor(frame.widthPx / cellPx) - 2));
    const widthPx = Math.max(12, textCells(text) * cellPx + 4);
    if (x > 0 && x + widthPx > frame.widthPx) {
      x = 0;
      lineIdx++;
    }
    const node = tokenNode(token, text, { x, y: lineIdx * linePx, widthPx }, largest, tokenIdx === lookingIdx);
    x += widthPx + 1;
    // The prompt's own lines are lines here too.
    if (token.text.includes("\n")) {
      x = 0;
      lineIdx++;
    }
    return node;
  });
  return figureRoot(frame, (lineIdx + 1) * linePx, title, description(tokens, lookingIdx), nodes);
}

function tokenNode(
  { role, attention }: PromptToken,
  text: string,
  { x, y, widthPx }: { x: number; y: number; widthPx: number },
  largest: number,
  isLooking: boolean,
): SvgNode {
  const box = { x, y, width: widthPx, height: boxPx };
  const share = attention === null ? "" : `, attention ${shareText(attention, 1)}`;
  return svg(
    "g",
    { class: `cr-role-${role}` },
    svg("title", {}, `${role}${share}`),
    ...(attention === null
      ? []
      : [svg("rect", { ...box, class: "cr-heat-cell", "fill-opacity": (0.6 * attention) / largest })]),
    ...(isLooking ? [svg("rect", { ...box, class: "cr-heat-chosen" })] : []),
    label(x + widthPx / 2, y + 14, text, { "text-anchor": "middle", class: "cr-token-text" }),
    line(x + 1, y + boxPx + 1, x + widthPx - 1, y + boxPx + 1, "cr-role-line"),
  );
}

function description(tokens: readonly PromptToken[], lookingIdx: number | null): string {
  if (lookingIdx === null) return `${tokens.length} tokens by role.`;
  const most = tokens
    .map(({ text, attention }) => ({ text, attention: attention ?? 0 }))
    .sort((a, b) => b.attention - a.attention)
    .slice(0, 5)
    .map(({ text, attention }) => `${visibleTokenText(text).slice(0, 40)} ${shareText(attention, 1)}`);
  return `Token ${lookingIdx + 1} looks most at: ${most.join(", ")}.`;
}
