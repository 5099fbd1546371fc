import { ablationBars } from "../../src/figure/ablationBars.ts";
import { choiceBars } from "../../src/figure/choiceBars.ts";
import { natsText } from "../../src/figure/numberText.ts";
import { textTable } from "../../src/figure/textTable.ts";
import type { LensAnswers, LensRow } from "../../src/protocol/lens.ts";
import { say } from "../words.ts";
import type { LensFigure } from "./lensFigure.ts";

/** The next token under context-aware decoding at each strength. */
export function decodingFigure(row: LensRow, { choices, targetIdx }: LensAnswers["row/decoding"]): LensFigure {
  const targetId = row.open.tokenIds[row.open.target.start + targetIdx];
  const columns = choices.map(({ alpha, top }) => ({
    name: say("alpha {alpha}", { alpha }),
    choices: top.map(({ tokenId, text, logProb }) => ({ text, logProb, isTarget: tokenId === targetId })),
  }));
  const title = say("Next token under context-aware decoding at place {place}", { place: targetIdx + 1 });
  return {
    name: `decoding-${targetIdx + 1}`,
    title,
    draw: (frame) => choiceBars(title, columns, frame),
    table: () => ({
      columns: [say("alpha"), say("place"), say("token"), say("log p")],
      rows: choices.flatMap(({ alpha, top }) => top.map(({ text, logProb }, k) => [alpha, k + 1, text, logProb])),
    }),
    note: null,
  };
}

/** The whole greedy answers under context-aware decoding. */
export function decodedAnswersFigure({ answers, flip }: LensAnswers["row/decoded-answers"]): LensFigure {
  const title = say("Whole answers under context-aware decoding");
  const columns = [say("alpha"), say("greedy answer"), say("differs from token"), say("log p, nats in all")];
  const rows = answers.map(({ alpha, text, partsAt, logProbs }) => ({
    alpha,
    text,
    place: partsAt === null ? null : partsAt + 1,
    logProb: logProbs.reduce((sum, value) => sum + value, 0),
  }));
  return {
    name: "decoded-answers",
    title,
    draw: (frame) => {
      const words = rows.map(({ alpha, text, place, logProb }) => [
        String(alpha),
        text,
        place === null ? "–" : String(place),
        natsText(logProb),
      ]);
      return textTable(title, { columns, rows: words }, frame);
    },
    table: () => ({ columns, rows: rows.map(({ alpha, text, place, logProb }) => [alpha, text, place, logProb]) }),
    note: flip
      ? say("Past alpha {alpha} the answer is another, first at its token {place}.", {
          alpha: flip.alpha.toFixed(3),
          place: flip.tokenIdx + 1,
        })
      : say("No alpha changes the answer."),
  };
}

/** The most probable token at each place of the answer, after the answer's own tokens before it. */
export function placesFigure(row: LensRow, decodings: readonly LensAnswers["row/decoding"][]): LensFigure {
  const title = say("Most probable token at each place of the answer");
  const alphas = decodings[0]?.choices.map(({ alpha }) => alpha) ?? [];
  const columns = [say("answer"), ...alphas.map((alpha) => say("alpha {alpha}", { alpha })), say("flips at")];
  const rows = decodings.map(({ targetIdx, choices, flip }) => ({
    words: [row.open.texts[row.open.target.start + targetIdx] ?? "", ...choices.map(({ top }) => top[0]?.text ?? "")],
    flipAlpha: flip?.alpha ?? null,
  }));
  return {
    name: "decoding-places",
    title,
    draw: (frame) => {
      const cells = rows.map(({ words, flipAlpha }) => [...words, flipAlpha?.toFixed(3) ?? "–"]);
      return textTable(title, { columns, rows: cells }, frame);
    },
    table: () => ({ columns, rows: rows.map(({ words, flipAlpha }) => [...words, flipAlpha]) }),
    note: say("Each place stands after the answer's own tokens before it, not after what would be said instead."),
  };
}

/** Attention against ablation. A sentence disagrees when its two ranks are more than a third of the sentences apart. */
export function ablationFigure({ sentences, tau }: LensAnswers["row/ablation"]): LensFigure {
  const fallRanks = ranks(sentences.map(({ logProbFall }) => logProbFall ?? Number.NEGATIVE_INFINITY));
  const attentionRanks = ranks(sentences.map(({ attentionShare }) => attentionShare));
  const border = Math.max(1, sentences.length / 3);
  const bars = sentences.map(({ text, logProbFall, attentionShare }, i) => ({
    text,
    fall: logProbFall,
    attention: attentionShare,
    disagrees: logProbFall !== null && Math.abs((fallRanks[i] ?? 0) - (attentionRanks[i] ?? 0)) >= border,
  }));
  return {
    name: "ablation",
    title: say("Attention against ablation, sentence by sentence"),
    draw: (frame) => ablationBars(bars, frame),
    table: () => ({
      columns: [
        say("sentence"),
        say("fall without it (nats per token)"),
        say("share of attention"),
        say("rank by fall"),
        say("rank by attention"),
        "tau",
      ],
      rows: bars.map(({ text, fall, attention }, i) => [
        text,
        fall,
        attention,
        (fallRanks[i] ?? 0) + 1,
        (attentionRanks[i] ?? 0) + 1,
        i === 0 ? tau : null,
      ]),
    }),
    note: `${say("Kendall's tau {tau}", { tau: tauText(tau) })} ${tauWords(tau, sentences.length)} ${ablationNote()}`,
  };
}

/** Stands beside the figure. */
export function ablationNote(): string {
  return say(
    "Attention share is not causal importance: only the fall on the left is measured by taking the sentence out.",
  );
}

export function tauText(tau: number | null): string {
  return tau !== null && Number.isFinite(tau) ? tau.toFixed(2).replace("-", "−") : "–";
}

/** What Kendall's tau says about attention and ablation. */
export function tauWords(tau: number | null, nSentences: number): string {
  if (tau === null || !Number.isFinite(tau))
    return nSentences < 2 ? say("A single sentence has no order to compare.") : say("One side has no order.");
  if (tau >= 0.5) return say("Attention and ablation mostly agree on the order of the sentences.");
  if (tau <= -0.5) return say("Attention and ablation mostly put the sentences in opposite orders.");
  return say("Attention says little about what the answer needs.");
}

/** Places by falling value, counted from 0; equal values share the lower place. */
function ranks(values: readonly number[]): number[] {
  return values.map((value) => values.filter((other) => other > value).length);
}
