import type { Formula } from "./formula.ts";

export const formula: Formula = { name: "context-aware decoding", version: 1 };

/** The strengths shown unless others are asked for; 0 is the model as it is. */
export const SHOWN_ALPHAS: readonly number[] = [0, 0.5, 1];

/**
 * The next-token distribution with the context's influence amplified.
 *
 *     logProb[v] = log softmax_v((1 + alpha) * open[v] - alpha * closed[v])
 *
 * float32 `[vocabulary]` log-probabilities open-book and closed-book in (logits differ from them by a constant, which the
 * softmax takes out), float64 `[vocabulary]` out, nats. Source: Shi et al., "Trusting Your Evidence: Hallucinate Less
 * with Context-aware Decoding" (arXiv 2305.14739), Eq. 3.
 */
export function contextAwareLogProbs(open: Float32Array, closed: Float32Array, alpha: number): Float64Array {
  const logits = Float64Array.from(open, (logProb, v) =>
    // Vocabularies are padded with tokens of probability 0, whose difference would be no number.
    logProb === Number.NEGATIVE_INFINITY ? logProb : (1 + alpha) * logProb - alpha * (closed[v] as number),
  );
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return logits.map((logit) => logit - largest - Math.log(sum));
}

/** Where amplifying the context changes the most probable token. */
export interface GreedyFlip {
  readonly alpha: number;
  readonly fromId: number;
  readonly toId: number;
}

/**
 * The smallest alpha above 0 at which another token than the open-book choice becomes the most probable one; null where
 * none ever does. The score of a token is a line in alpha, so the flip is where the choice's line is first crossed:
 *
 *     alpha = min_v (open[w] - open[v]) / (gain[v] - gain[w]) over gain[v] > gain[w],  gain = open - closed, w = argmax open
 */
export function greedyFlip(open: Float32Array, closed: Float32Array): GreedyFlip | null {
  const fromId = largestIdx(open);
  const gain = (v: number) => (open[v] as number) - (closed[v] as number);
  let flip: GreedyFlip | null = null;
  for (let v = 0; v < open.length; v++) {
    const slope = gain(v) - gain(fromId);
    if (!(slope > 0)) continue;
    const alpha = ((open[fromId] as number) - (open[v] as number)) / slope;
    if (flip === null || alpha < flip.alpha) flip = { alpha, fromId, toId: v };
  }
  return flip;
}

/** The `k` largest entries, largest first; of equal ones the lower index first. */
export function largestIndices(values: ArrayLike<number>, k: number): number[] {
  const chosen: number[] = [];
  for (let idx = 0; idx < values.length; idx++) {
    if (chosen.length === k && !((values[idx] as number) > (values[chosen[k - 1] as number] as number))) continue;
    let place = chosen.length;
    while (place > 0 && (values[idx] as number) > (values[chosen[place - 1] as number] as number)) place--;
    chosen.splice(place, 0, idx);
    if (chosen.length > k) chosen.pop();
  }
  return chosen;
}

function largestIdx(values: ArrayLike<number>): number {
  return largestIndices(values, 1)[0] ?? 0;
}
