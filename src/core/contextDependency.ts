import type { Formula } from "./formula.ts";

export const formula: Formula = { name: "context-dependency score", version: 1 };

/** A turn above this depends on its context and gets the indicator token on export (Wang et al., 5.1.3 and B.4). */
export const DEPENDENCY_THRESHOLD = 0.6;

/** The share of turns that two layers are compared by (Wang et al., B.3). */
const TOP_SHARE = 0.1;

/**
 * How much of its attention a response gives to what the user said: the mass of the head that looks there most,
 * averaged over the response's tokens.
 *
 *     s(Y_m) = 1/|Y_m| * sum_{y in Y_m} max_h sum_{x in X_1 u .. u X_m} Att_h(y, x)
 *
 * float32 `[head, responseToken]`: for every head of one layer the attention mass from the position of each response
 * token on the content tokens of the user turns up to m (no role markers, template text, BOS, EOS or system text).
 * No unit, in [0, 1]; NaN for no response tokens. Source: Wang et al., On the Loss of Context-awareness in General
 * Instruction Fine-tuning (arXiv 2411.02688), Eq. 2.
 */
export function contextDependency(userMass: Float32Array, nHeads: number): number {
  const nTokens = userMass.length / nHeads;
  let sum = 0;
  for (let tokenIdx = 0; tokenIdx < nTokens; tokenIdx++) {
    let largest = 0;
    for (let headIdx = 0; headIdx < nHeads; headIdx++) {
      largest = Math.max(largest, userMass[headIdx * nTokens + tokenIdx] as number);
    }
    sum += largest;
  }
  return sum / nTokens;
}

/**
 * The layer, counted from 0, whose score is used unless another is chosen: the paper takes 15 of TinyLlama's 22. It counts
 * from 0 too: its Fig. 5 names the 22 layers layer_0 to layer_21.
 */
export function dependencyLayer(nLayers: number): number {
  return Math.min(nLayers - 1, Math.round((15 / 22) * nLayers));
}

/**
 * How far two layers disagree on which turns depend most on their context: the share of the top-10 % turns of one layer
 * that are not among those of the other.
 *
 *     disagreement = |top(a) \ top(b)| / |top|,   |top| = ceil(0.1 * n)
 *
 * Scores of the same turns under two layers, in the same order; of equal scores the earlier turn comes first. In [0, 1];
 * NaN for no turns. Source: Wang et al., B.3 ("ratio of non-overlapped conversation turns").
 */
export function layerDisagreement(scores: readonly number[], otherScores: readonly number[]): number {
  const top = topTurns(scores);
  const otherTop = topTurns(otherScores);
  const nDifferent = [...top].filter((turnIdx) => !otherTop.has(turnIdx)).length;
  return nDifferent / top.size;
}

function topTurns(scores: readonly number[]): Set<number> {
  const byScore = scores.map((_, turnIdx) => turnIdx).sort((a, b) => (scores[b] as number) - (scores[a] as number));
  return new Set(byScore.slice(0, Math.ceil(scores.length * TOP_SHARE)));
}
