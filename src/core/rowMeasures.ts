import { contextGain, meanGain } from "./contextGain.ts";
import { gainPosition } from "./gainPosition.ts";
import { ifdCherry, ifdSuperfiltering } from "./instructionFollowingDifficulty.ts";
import { perplexity } from "./perplexity.ts";
import type { RowLogProbs } from "./rowLogProbs.ts";

/**
 * What a row's log-probabilities say, as a few plain numbers: enough for its verdict, small enough to keep for every row
 * of a dataset. The fields about the context are null for a row that has none.
 */
export interface RowMeasures {
  readonly nTargetTokens: number;
  readonly openPerplexity: number;
  readonly closedPerplexity: number | null;
  /** Mean context gain over the whole target, nats per token. */
  readonly meanGain: number | null;
  /** Mean context gain over the first quarter of the target, nats per token. */
  readonly openingGain: number | null;
  /** The token, counted from 1, at which 90 % of the positive gain is gained; null also when no token gains. */
  readonly t90: number | null;
  /** Mean context gain after t90, nats per token; 0 when nothing follows. */
  readonly gainAfterT90: number | null;
  /** Null when the answer was not scored alone. */
  readonly ifdCherry: number | null;
  /** Null when the answer was not scored alone. */
  readonly ifdSuperfiltering: number | null;
  /** Log-probabilities of the end-of-turn token, nats; NaN where there is none. In no other figure of the row. */
  readonly endOfTurn: { readonly open: number; readonly closed: number };
}

/**
 * Sums a row up.
 * @throws CodedError `row/target-differs` when the books do not score the same number of tokens.
 */
export function rowMeasures(logProbs: RowLogProbs): RowMeasures {
  const { open, closed, answerOnly, endOfTurn } = logProbs;
  const gains = closed === null ? null : contextGain(open, closed);
  const position = gains === null ? null : gainPosition(gains);
  return {
    nTargetTokens: open.length,
    openPerplexity: perplexity(open),
    closedPerplexity: closed === null ? null : perplexity(closed),
    meanGain: gains === null ? null : meanGain(gains),
    openingGain: position?.openingGain ?? null,
    t90: position?.t90 ?? null,
    gainAfterT90: position?.gainAfterT90 ?? null,
    ifdCherry: ifdCherry(open, answerOnly),
    ifdSuperfiltering: ifdSuperfiltering(open, answerOnly),
    endOfTurn: { open: endOfTurn.open, closed: endOfTurn.closed },
  };
}

/** Says whether a row's numbers are numbers: an empty target or a model that gives NaN leaves nothing to judge. */
export function isScored(measures: RowMeasures): boolean {
  return !Number.isNaN(measures.openPerplexity) && !Number.isNaN(measures.meanGain ?? 0);
}
