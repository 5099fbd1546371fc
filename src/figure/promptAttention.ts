import type { SegmentRole } from "../core/role.ts";
import { shareText } from "./numberText.ts";
import { emptyFigure, type FigureFrame, figureRoot, label, labelWidthPx, line } from "./plot.ts";
import { type SvgNode, svg } from "./svgNode.ts";
import { clipToCells, textCells } from "./textCells.ts";
import { textDirection } from "./textDirection.ts";
import { visibleTokenText } from "./tokenText.ts";

export interface PromptToken {
  readonly text: string;
  readonly role: SegmentRole;
  /** Share of the looking token's attention, in [0, 1]; null where nothing looks. */
  readonly attention: number | null;
  /** Which part of a character it is, e.g. `1/2`, where a character is cut into several tokens. */
  readonly fragment?: string;
}

const cellPx = 7.8;
const linePx = 30;
const boxPx = 20;
const keyPx = 24;
/** Room for the mark of a part. */
const fragmentPx = 16;
const mostTokens = 4096;

/**
 * A prompt token by token: its role as a line below it, the attention it gets as a fill that is full at the largest
 * share shown. Tokens stand in the order in which most of them are read.
 */
export function promptAttention(
  tokens: readonly PromptToken[],
  lookingIdx: number | null,
  frame: FigureFrame,
): SvgNode {
  const title = "Prompt by role, and where the chosen token looks";
  if (tokens.length === 0) return emptyFigure(frame, title, "The prompt has no tokens.");
  const direction = textDirection(tokens.map(({ text }) => text));
  const key = keyLines(tokens, frame.widthPx);
  const largest = Math.max(1e-9, ...tokens.slice(0, mostTokens).map(({ attention }) => attention ?? 0));
  let x = 0;
  let lineIdx = 0;
  const keyHeightPx = key.length * keyPx + 4;
  const nodes = tokens.slice(0, mostTokens).map((token, tokenIdx) => {
    const text = clipToCells(visibleTokenText(token.text), Math.min(28, Math.floor(frame.widthPx / cellPx) - 2));
    const partPx = token.fragment ? fragmentPx : 0;
    const widthPx = Math.min(frame.widthPx, Math.max(12, textCells(text) * cellPx + 4 + partPx));
    if (x > 0 && x + widthPx > frame.widthPx) {
      x = 0;
      lineIdx++;
    }
    const left = direction === "ltr" ? x : frame.widthPx - x - widthPx;
    const place = { x: left, y: keyHeightPx + lineIdx * linePx, widthPx };
    const node = tokenNode(token, text, place, largest, tokenIdx === lookingIdx);
    x += widthPx + 1;
    // The prompt's own lines are lines here too.
    if (token.text.includes("\n")) {
      x = 0;
      lineIdx++;
    }
    return node;
  });
  const heightPx = keyHeightPx + (lineIdx + 1) * linePx;
  return figureRoot(frame, heightPx, title, description(tokens, lookingIdx), [...key.flat(), ...nodes]);
}

/** The roles that are there with their lines, and what the fill means. */
function keyLines(tokens: readonly PromptToken[], widthPx: number): SvgNode[][] {
  const present = [...new Set(tokens.map(({ role }) => role))];
  const hasFill = tokens.some(({ attention }) => attention !== null);
  const entries = [
    ...present.map((role) => ({ role, words: role })),
    { role: null, words: hasFill ? "line: role · fill: share of attention" : "line: role" },
  ];
  const lines: SvgNode[][] = [[]];
  let x = 0;
  for (const { role, words } of entries) {
    const itemPx = labelWidthPx(words);
    if (x > 0 && x + itemPx > widthPx) {
      lines.push([]);
      x = 0;
    }
    const y = (lines.length - 1) * keyPx;
    const drawn =
      role === null
        ? [label(x, y + 13, words, { class: "cr-quiet" })]
        : [svg("g", { class: `cr-role-${role}` }, label(x, y + 13, words), ...roleLine(role, x, x + itemPx, y + 18))];
    lines.at(-1)?.push(...drawn);
    x += itemPx + 14;
  }
  return lines;
}

/** The line of a role, in the manner of the lens: double for the context, dotted for the template. */
function roleLine(role: SegmentRole, x1: number, x2: number, y: number): SvgNode[] {
  const heights = role === "context" ? [y - 1.5, y + 1.5] : [y];
  return heights.map((height) => line(x1, height, x2, height, "cr-role-line"));
}

function tokenNode(
  { role, attention, fragment }: PromptToken,
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
    label(x + (widthPx - (fragment ? fragmentPx : 0)) / 2, y + 14, text, {
      "text-anchor": "middle",
      class: "cr-token-text",
    }),
    ...(fragment ? [label(x + widthPx - 2, y + 10, fragment, { "text-anchor": "end", class: "cr-token-part" })] : []),
    ...roleLine(role, x + 1, x + widthPx - 1, y + boxPx + 1),
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
