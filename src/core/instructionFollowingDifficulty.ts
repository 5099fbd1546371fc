import type { Formula } from "./formula.ts";
import { meanLogProb } from "./perplexity.ts";
import { CodedError } from "./problem.ts";

export const cherryFormula: Formula = { name: "IFD (Cherry)", version: 1 };
export const superfilteringFormula: Formula = { name: "IFD (Superfiltering)", version: 1 };

/** Mean log-probabilities of the same answer tokens with the prompt and alone, nats per token. */
interface AnswerMeans {
  readonly prompted: number;
  readonly alone: number;
}

/**
 * How little the prompt helps the model to say the answer, as a ratio of losses: near 0 the prompt gives the answer
 * away, near 1 it hardly helps, above 1 it hinders.
 *
 *     ifdCherry = meanLoss(answer | prompt) / meanLoss(answer),   meanLoss = -(1/n) * sum_t logProb[t]
 *
 * float32 `[targetToken]` in. No unit, in [0, inf]; NaN when both losses are 0; null without answer-only scores.
 * Source: Li et al., "From Quantity to Quality" (the Cherry data selection), the IFD score as first published.
 * @throws CodedError `row/target-differs` when the two do not score the same number of tokens.
 */
export function ifdCherry(open: Float32Array, answerOnly: Float32Array | null): number | null {
  if (answerOnly === null) return null;
  const means = answerMeans(open, answerOnly);
  // 0 - x, not -x: a certain answer has a loss of 0, where -0 would turn the sign of an infinite ratio.
  return (0 - means.prompted) / (0 - means.alone);
}

/**
 * How little the prompt helps the model to say the answer, as a ratio of perplexities: near 0 it helps much, near 1
 * hardly, above 1 it hinders.
 *
 *     ifdSuperfiltering = perplexity(answer | prompt) / perplexity(answer)
 *                       = exp(meanLogProb(answer) - meanLogProb(answer | prompt))
 *
 * float32 `[targetToken]` in. No unit, in [0, inf]; null without answer-only scores.
 * Source: Li et al., "Superfiltering", which kept the name IFD for this form.
 * @throws CodedError `row/target-differs` when the two do not score the same number of tokens.
 */
export function ifdSuperfiltering(open: Float32Array, answerOnly: Float32Array | null): number | null {
  if (answerOnly === null) return null;
  const means = answerMeans(open, answerOnly);
  return Math.exp(means.alone - means.prompted);
}

/**
 * Where nothing stands before the answer, not even a token that begins the sequence, its first token has no
 * log-probability (NaN). It is then left out of both means, so that both are over the same tokens.
 */
function answerMeans(open: Float32Array, answerOnly: Float32Array): AnswerMeans {
  if (open.length !== answerOnly.length) {
    throw new CodedError("row/target-differs", { nOpenTokens: open.length, nAnswerOnlyTokens: answerOnly.length });
  }
  const start = Number.isNaN(answerOnly[0] ?? 0) ? 1 : 0;
  return { prompted: meanLogProb(open.subarray(start)), alone: meanLogProb(answerOnly.subarray(start)) };
}
