import type { Choice } from "../../src/figure/choiceBars.ts";
import { gainStrip } from "../../src/figure/gainStrip.ts";
import type { LensAnswers, LensRow } from "../../src/protocol/lens.ts";
import { say } from "../words.ts";
import type { LensFigure } from "./lensFigure.ts";

type RowFigures = LensAnswers["row/figures"];
type FiguredBook = RowFigures["open"];

/** Smaller gains are shown as none, nats. */
export const leastGain = 0.005;

/** What is known about one answer token. */
export interface AnswerToken {
  readonly text: string;
  readonly spelling: string;
  readonly fragment: string;
  readonly tokenId: number;
  readonly openLogProb: number;
  readonly closedLogProb: number | null;
  readonly gain: number | null;
}

/** The answer's tokens with their log-probabilities. */
export function answerTokens({ open, closed }: LensRow): AnswerToken[] {
  return Array.from(open.logProbs, (openLogProb, t) => {
    const tokenIdx = open.target.start + t;
    const closedLogProb = closed?.logProbs[t] ?? null;
    return {
      text: open.texts[tokenIdx] ?? "",
      spelling: open.spellings[tokenIdx] ?? "",
      fragment: open.fragments[tokenIdx] ?? "",
      tokenId: open.tokenIds[tokenIdx] ?? -1,
      openLogProb,
      closedLogProb,
      gain: closedLogProb === null ? null : openLogProb - closedLogProb,
    };
  });
}

/** The strip as it is saved, with the table that stands for it. */
export function answerFigure(row: LensRow, figures: RowFigures | null): LensFigure {
  const tokens = answerTokens(row);
  const t90 = markedT90(row.measures);
  const ranks = figures
    ? [say("rank with context"), say("rank without"), say("entropy with context"), say("entropy without")]
    : [];
  return {
    name: "answer",
    title: row.closed ? say("Context gain of each answer token") : say("Log-probability of each answer token"),
    draw: (frame) =>
      gainStrip(
        {
          tokens: tokens.map(({ text, fragment, openLogProb, closedLogProb }) => ({
            text,
            fragment,
            openLogProb,
            closedLogProb: closedLogProb ?? Number.NaN,
          })),
          t90: t90 === tokens.length ? null : t90,
          hasKey: row.closed !== null,
        },
        frame,
      ),
    table: () => ({
      columns: [say("token"), say("id"), say("log p with context"), say("log p without"), say("gain (nats)"), ...ranks],
      rows: tokens.map(({ text, tokenId, openLogProb, closedLogProb, gain }, t) => [
        text,
        tokenId,
        openLogProb,
        closedLogProb,
        gain,
        ...(figures
          ? [
              rankOf(figures.open, t),
              figures.closed && rankOf(figures.closed, t),
              figures.open.figures.entropies[t] ?? null,
              figures.closed?.figures.entropies[t] ?? null,
            ]
          : []),
      ]),
    }),
    note: null,
  };
}

/**
 * The place after which the answer follows from itself: t90, where the context gains anything on the whole. Where it does
 * not, 90 % of a positive rest of noise is no such place; the verdict asks for the same.
 */
export function markedT90({ t90, meanGain }: LensRow["measures"]): number | null {
  return meanGain !== null && meanGain >= leastGain ? t90 : null;
}

/** The token's place among all tokens, counted from 1. */
export function rankOf(book: FiguredBook, t: number): number | null {
  const rank = book.figures.ranks[t];
  return rank === undefined ? null : rank + 1;
}

/** The most probable tokens at one place of the answer. */
export function choicesAt(book: FiguredBook, t: number, targetId: number): Choice[] {
  const { topK, topIds, topLogProbs } = book.figures;
  return (book.topTexts[t] ?? []).map((text, k) => ({
    text,
    logProb: topLogProbs[t * topK + k] ?? Number.NaN,
    isTarget: topIds[t * topK + k] === targetId,
  }));
}
