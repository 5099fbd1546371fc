import type { Formula } from "./formula.ts";
import { CodedError } from "./problem.ts";

export const formula: Formula = { name: "context gain", version: 1 };

/**
 * How much the context helps the model to say each token of the target; negative where the context misleads it.
 *
 *     contextGain[t] = openLogProb[t] - closedLogProb[t]
 *
 * float32 `[targetToken]` in, float64 `[targetToken]` out, nats, in (-inf, inf). Its mean over a target is P-CXMI
 * (Fernandes et al., "Measuring and Increasing Context Usage in Context-Aware Machine Translation").
 * @throws CodedError `row/target-differs` when the two books do not score the same number of tokens.
 */
export function contextGain(open: Float32Array, closed: Float32Array): Float64Array {
  if (open.length !== closed.length) {
    throw new CodedError("row/target-differs", { nOpenTokens: open.length, nClosedTokens: closed.length });
  }
  return Float64Array.from(open, (logProb, t) => logProb - (closed[t] as number));
}

/**
 * The context gain of a stretch of the target, by default of all of it: the row's gain.
 *
 *     meanGain = (1/(end - start)) * sum_{start <= t < end} contextGain[t]
 *
 * Nats per token, in (-inf, inf); NaN for an empty stretch.
 */
export function meanGain(gains: Float64Array, start = 0, end = gains.length): number {
  let sum = 0;
  for (let t = start; t < end; t++) sum += gains[t] as number;
  return sum / (end - start);
}
