import { countOf, natsText } from "./numberText.ts";
import { emptyFigure, type FigureFrame, figureRoot, label, labelWidthPx } from "./plot.ts";
import { type SvgNode, svg } from "./svgNode.ts";
import { clipToCells, textCells } from "./textCells.ts";
import { textDirection } from "./textDirection.ts";
import { visibleTokenText } from "./tokenText.ts";

export interface StripToken {
  readonly text: string;
  /** log p with and without the context, nats. */
  readonly openLogProb: number;
  readonly closedLogProb: number;
  /** Which part of a character it is, e.g. `1/2`, where a character is cut into several tokens. */
  readonly fragment?: string;
}

export interface StripData {
  readonly tokens: readonly StripToken[];
  /** How many target tokens it takes until the running sum of positive gain reaches 90 %; null when nothing is gained. */
  readonly t90: number | null;
  /** What the colours mean is drawn below: for a picture that leaves the page that says it. */
  readonly hasKey?: boolean;
}

interface Box {
  readonly token: StripToken;
  readonly text: string;
  /** Left border; in a text from right to left the first token stands at the right. */
  readonly x: number;
  readonly lineIdx: number;
  readonly widthPx: number;
}

/** Nats at which the colour is fully saturated: a token e^3, twenty times as likely. */
const saturationNats = 3;
const cellPx = 7.8;
const linePx = 58;
const keyPx = 26;
/** Room for the mark of a part. */
const fragmentPx = 16;
const boxHeightPx = 24;
const boxTopPx = 14;
const mostTokens = 160;
const mostCells = 28;

/**
 * Where in the target the context helps: one box per target token, blue where the context made it likelier and orange
 * where it made it less likely, with the gain in nats under it, and a flag after the token at which 90 % of the gain is reached. Tokens stand in the order in which most of
 * them are read.
 */
export function gainStrip(data: StripData, frame: FigureFrame): SvgNode {
  const title = "Context gain of each target token";
  if (data.tokens.length === 0) return emptyFigure(frame, title, "The target has no tokens.");
  const direction = textDirection(data.tokens.map(({ text }) => text));
  const boxes = layOut(data.tokens.slice(0, mostTokens), frame.widthPx, direction);
  const nLines = (boxes.at(-1)?.lineIdx ?? 0) + 1;
  const nHidden = data.tokens.length - boxes.length;
  const tokensPx = nLines * linePx + (nHidden > 0 ? 20 : 0);
  const key = data.hasKey ? keyNodes(frame.widthPx, tokensPx) : [];
  const heightPx = tokensPx + key.length * keyPx;
  const flagged = data.t90 === null ? undefined : boxes[data.t90 - 1];
  return figureRoot(frame, heightPx, title, description(data), [
    ...boxes.map(tokenBox),
    ...(flagged === undefined ? [] : [flag(flagged, frame.widthPx, direction)]),
    ...(nHidden === 0
      ? []
      : [label(0, nLines * linePx + 14, `… ${countOf(nHidden, "more token")}`, { class: "cr-quiet" })]),
    ...key.flat(),
  ]);
}

/** What the colours mean, as lines of what fits beside each other. */
function keyNodes(widthPx: number, top: number): SvgNode[][] {
  const entries = [
    { sign: "positive", words: "likelier with the context", strength: 0.5 },
    { sign: "negative", words: "less likely with it", strength: 0.5 },
    { sign: "none", words: "no difference", strength: 0 },
    { sign: null, words: "numbers: gain in nats", strength: 0 },
  ];
  const lines: SvgNode[][] = [[]];
  let x = 0;
  for (const { sign, words, strength } of entries) {
    const itemPx = (sign === null ? 0 : 20) + labelWidthPx(words) + 14;
    if (x > 0 && x + itemPx - 14 > widthPx) {
      lines.push([]);
      x = 0;
    }
    const y = top + (lines.length - 1) * keyPx + 6;
    const box = { x: x + 0.5, y: y + 0.5, width: 14, height: 13, rx: 3 };
    const swatch = svg(
      "g",
      { class: `cr-gain-${sign}` },
      svg("rect", { ...box, class: "cr-token-box" }),
      svg("rect", { ...box, class: "cr-token-fill", "fill-opacity": strength }),
    );
    const name = label(sign === null ? x : x + 20, y + 11, words, { class: "cr-quiet" });
    lines.at(-1)?.push(...(sign === null ? [name] : [swatch, name]));
    x += itemPx;
  }
  return lines;
}

function layOut(tokens: readonly StripToken[], widthPx: number, direction: "ltr" | "rtl"): Box[] {
  const roomCells = Math.max(4, Math.min(mostCells, Math.floor((widthPx - 14) / cellPx)));
  let x = 0;
  let lineIdx = 0;
  return tokens.map((token) => {
    const text = clipToCells(visibleTokenText(token.text), roomCells);
    const partPx = token.fragment ? fragmentPx : 0;
    const boxPx = Math.max(44, Math.min(widthPx, textCells(text) * cellPx + 12 + partPx));
    if (x > 0 && x + boxPx > widthPx) {
      x = 0;
      lineIdx++;
    }
    const box = { token, text, x: direction === "ltr" ? x : widthPx - x - boxPx, lineIdx, widthPx: boxPx };
    x += boxPx + 3;
    return box;
  });
}

function tokenBox(box: Box): SvgNode {
  const { openLogProb, closedLogProb, fragment } = box.token;
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
    label(fragment ? middle - fragmentPx / 2 : middle, top + 16, box.text, {
      "text-anchor": "middle",
      class: "cr-token-text",
    }),
    ...(fragment
      ? [label(box.x + box.widthPx - 4, top + 11, fragment, { "text-anchor": "end", class: "cr-token-part" })]
      : []),
    label(middle, top + boxHeightPx + 13, natsText(gain), { "text-anchor": "middle", class: "cr-token-gain" }),
  );
}

/** The flag stands at the border where its token ends and its words lean to the side that has room. */
function flag(box: Box, widthPx: number, direction: "ltr" | "rtl"): SvgNode {
  const x = direction === "ltr" ? box.x + box.widthPx + 1.5 : box.x - 1.5;
  const top = box.lineIdx * linePx;
  const words = "90 % of the gain";
  const leansLeft = direction === "ltr" ? x + 120 > widthPx : x > 120;
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
