import type { Formula } from "./formula.ts";

export const formula: Formula = { name: "perplexity", version: 1 };

/**
 * How likely the model finds a target per token, on a log scale: 0 is certain, lower is less likely.
 *
 *     meanLogProb = (1/n) * sum_t logProb[t]
 *
 * float32 `[targetToken]` in, summed left to right in float64. Nats per token, in (-inf, 0]; NaN for no tokens.
 */
export function meanLogProb(logProbs: Float32Array): number {
  let sum = 0;
  for (const logProb of logProbs) sum += logProb;
  return sum / logProbs.length;
}

/**
 * How surprised the model is by a target: it hesitates at each token as if between this many equally likely ones.
 *
 *     perplexity = exp(-(1/n) * sum_t logProb[t])
 *
 * float32 `[targetToken]` in, float64 out. No unit, in [1, inf]; NaN for no tokens.
 */
export function perplexity(logProbs: Float32Array): number {
  return Math.exp(-meanLogProb(logProbs));
}
