import type { TokenSequence } from "../engine/languageModel.ts";
import type { DecoderVariants } from "./decoderVariants.ts";
import { runFigures } from "./figuresRun.ts";

const nTokens = 32;
const nTrials = 4;

/** Log-probabilities of one sequence's scored tokens. */
export type SequenceLogProbs = (sequence: TokenSequence) => Promise<Float32Array>;

/**
 * How far a change of the last token alone moves the log-probability of an earlier one, in nats: the largest of some
 * fixed trials, a lower bound of what can happen. 0 for a causal decoder. Dynamic int8 quantisation takes its scale from
 * the whole sequence.
 *
 *     leak = max |log p(token_i | before; last = a) - log p(token_i | before; last = b)|,  i < last
 *
 * @throws CodedError `model/run-failed`.
 */
export async function measureLeak(vocabSize: number, logProbs: SequenceLogProbs): Promise<number> {
  const scored = { start: 1, end: nTokens - 1 };
  let leak = 0;
  for (let trial = 0; trial < nTrials; trial++) {
    const tokenIds = Int32Array.from({ length: nTokens }, (_, idx) => spread(idx + trial * nTokens, vocabSize));
    const first = await logProbs({ tokenIds, scored });
    for (let change = 1; change <= nTrials; change++) {
      const changed = Int32Array.from(tokenIds);
      changed[nTokens - 1] = spread(7 * change + trial * nTokens + nTokens - 1, vocabSize);
      const moved = await logProbs({ tokenIds: changed, scored });
      first.forEach((logProb, idx) => {
        leak = Math.max(leak, Math.abs(logProb - (moved[idx] ?? Number.NaN)));
      });
    }
  }
  return leak;
}

/** Those of a decoder whose weights stay in its file. */
export function variantLogProbs(variants: DecoderVariants): SequenceLogProbs {
  return async (sequence) => {
    const [figures] = await runFigures(variants, [sequence], 0);
    return figures?.logProbs ?? new Float32Array(0);
  };
}

/** Ids over the whole vocabulary, the same on every run: multiples of the golden ratio, modulo 1. */
function spread(idx: number, vocabSize: number): number {
  return Math.floor((((idx + 1) * 0.6180339887498949) % 1) * vocabSize);
}
