import { countOf, natsText } from "./numberText.ts";
import { emptyFigure, type FigureFrame, figureRoot, label } from "./plot.ts";
import { type SvgNode, svg } from "./svgNode.ts";
import { clipToCells, textCells } from "./textCells.ts";
import { visibleTokenText } from "./tokenText.ts";

export interface StripToken {
  readonly text: string;
  /** log p with and without the context, nats. */
  readonly openLogProb: number;
  readonly closedLogProb: number;
}

export interface StripData {
  readonly tokens: readonly StripToken[];
  /** How many target tokens it takes until the running sum of positive gain reaches 90 %; null when nothing is gained. */
  readonly t90: number | null;
}

interface Box {
  readonly token: StripToken;
  readonly text: string;
  readonly x: number;
  readonly lineIdx: number;
  readonly widthPx: number;
}

/** Nats at which the colour is fully saturated: a token e^3, twenty times as likely. */
const saturationNats = 3;
const cellPx = 7.8;
const linePx = 58;
const boxHeightPx = 24;
const boxTopPx = 14;
const mostTokens = 160;
const mostCells = 28;

/**
 * Where in the target the context helps: one box per target token, blue where the context made it likelier and orange
 * where it made it less likely, with the gain in nats under it, and a flag after the token at which 90 % of the gain is reached.
 */
export function gainStrip(data: StripData, frame: FigureFrame): SvgNode {
  const title = "Context gain of each target token";
  if (data.tokens.length === 0) return emptyFigure(frame, title, "The target has no tokens.");
  const boxes = layOut(data.tokens.slice(0, mostTokens), frame.widthPx);
  const nLines = (boxes.at(-1)?.lineIdx ?? 0) + 1;
  const nHidden = data.tokens.length - boxes.length;
  const heightPx = nLines * linePx + (nHidden > 0 ? 20 : 0);
  const flagged = data.t90 === null ? undefined : boxes[data.t90 - 1];
  return figureRoot(frame, heightPx, title, description(data), [
    ...boxes.map(tokenBox),
    ...(flagged === undefined ? [] : [flag(flagged, frame.widthPx)]),
    ...(nHidden === 0
      ? []
      : [label(0, nLines * linePx + 14, `… ${countOf(nHidden, "more token")}`, { class: "cr-quiet" })]),
  ]);
}

function layOut(tokens: readonly StripToken[], widthPx: number): Box[] {
  const roomCells = Math.max(4, Math.min(mostCells, Math.floor((widthPx - 14) / cellPx)));
  let x = 0;
  let lineIdx = 0;
  return tokens.map((token) => {
    const text = clipToCells(visibleTokenText(token.text), roomCells);
    const boxPx = Math.max(44, textCells(text) * cellPx + 12);
    if (x > 0 && x + boxPx > widthPx) {
      x = 0;
      lineIdx++;
    }
    const box = { token, text, x, lineIdx, widthPx: boxPx };
    x += boxPx + 3;
    return box;
  });
}

function tokenBox(box: Box): SvgNode {
  const { openLogProb, closedLogProb } = box.token;
  const gain = openLogProb - closedLogProb;
  const top = box.lineIdx * linePx + boxTopPx;
  const middle = box.x + box.widthPx / 2;
  const sign = !(Math.abs(gain) >= 0.005) ? "none" : gain > 0 ? "positive" : "negative";
  const strength = sign === "none" ? 0 : 0.1 + 0.6 * Math.min(1, Math.abs(gain) / saturationNats);
  const says = `open-book ${natsText(openLogProb)}, closed-book ${natsText(closedLogProb)}, gain ${natsText(gain)} nats`;
  const shape = { x: box.x + 0.5, y: top + 0.5, width: box.widthPx - 1, height: boxHeightPx - 1, rx: 3 };
  return svg(
    "g",
    { class: `cr-token cr-gain-${sign}` },
    svg("title", {}, says),
    svg("rect", { ...shape, class: "cr-token-box" }),
    svg("rect", { ...shape, class: "cr-token-fill", "fill-opacity": strength }),
    label(middle, top + 16, box.text, { "text-anchor": "middle", class: "cr-token-text" }),
    label(middle, top + boxHeightPx + 13, natsText(gain), { "text-anchor": "middle", class: "cr-token-gain" }),
  );
}

/** The flag stands at the right border of its token and its words lean to the side that has room. */
function flag(box: Box, widthPx: number): SvgNode {
  const x = box.x + box.widthPx + 1.5;
  const top = box.lineIdx * linePx;
  const words = "90 % of the gain";
  const leansLeft = x + 120 > widthPx;
  return svg(
    "g",
    { class: "cr-t90" },
    svg("line", { class: "cr-t90-line", x1: x, x2: x, y1: top + 1, y2: top + boxTopPx + boxHeightPx + 3 }),
    label(leansLeft ? x - 5 : x + 5, top + 10, words, {
      "text-anchor": leansLeft ? "end" : "start",
      class: "cr-t90-label",
    }),
  );
}

function description(data: StripData): string {
  const gains = data.tokens.map((token) => token.openLogProb - token.closedLogProb).filter(Number.isFinite);
  const nHelped = gains.filter((gain) => gain >= 0.005).length;
  const nHurt = gains.filter((gain) => gain <= -0.005).length;
  const reached = data.t90 === null ? "" : ` 90 % of the gain is reached after token ${data.t90}.`;
  return `${countOf(data.tokens.length, "target token")}: the context makes ${nHelped} likelier and ${nHurt} less likely.${reached}`;
}
