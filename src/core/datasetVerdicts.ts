import {
  isFlagged,
  perplexityCut,
  perplexityPercentile,
  perplexityRank,
  sortPerplexities,
} from "./nonContextCritical.ts";
import { isScored, type RowMeasures } from "./rowMeasures.ts";
import { isStable, neighbouringThresholds } from "./stability.ts";
import { SMALL_GAIN, T90_SHARE, VERDICTS, type Verdict, type VerdictThresholds, verdict } from "./verdict.ts";

/** What a row is within its dataset. What decided it is `verdictRules(measures, thresholds)`. */
export interface RowVerdict {
  readonly verdict: Verdict;
  /** Among the dataset's rows that are easiest without their context; see `nonContextCritical.ts`. */
  readonly flagged: boolean;
  /** Share of the rows with a context that are at most as hard without it; null for a row without context. */
  readonly percentile: number | null;
  /** Place among the rows with a context, 1 = easiest without it; null for a row without context. */
  readonly rank: number | null;
  /** The verdict is the same at all neighbouring thresholds. */
  readonly stable: boolean;
}

/** The verdicts of a dataset's rows, and what they were judged by. */
export interface DatasetVerdicts {
  readonly quantile: number;
  /** The borders; `thresholds.cut` is the highest closed-book perplexity that is flagged, null without rows to flag. */
  readonly thresholds: VerdictThresholds;
  /** One per row given, in order; null for a row that has no score. */
  readonly rows: readonly (RowVerdict | null)[];
  /** Indices of the rows that have no score, rising. They count in nothing else. */
  readonly unscoredRowIdxs: readonly number[];
  /** Scored rows that have a context: the n of the cut. */
  readonly nRowsWithContext: number;
  readonly nFlagged: number;
  readonly nRowsByVerdict: Readonly<Record<Verdict, number>>;
}

/**
 * Judges a dataset: cut, flags, ranks and verdicts, from every row's measures and the quantile to flag. Every door calls
 * this one function, so that they agree to the row. Give null for a row that could not be scored; while rows are still
 * missing for another reason, the flags are provisional.
 * @throws CodedError `measure/quantile-out-of-range` unless the quantile is in (0, 1].
 */
export function datasetVerdicts(measures: readonly (RowMeasures | null)[], quantile: number): DatasetVerdicts {
  const sorted = sortPerplexities(closedPerplexities(measures));
  const cutAt = (share: number) => perplexityCut(sorted, share);
  const thresholds: VerdictThresholds = { cut: cutAt(quantile), smallGain: SMALL_GAIN, t90Share: T90_SHARE };
  const neighbours = neighbouringThresholds(quantile, thresholds, cutAt);
  const nRowsByVerdict = Object.fromEntries(VERDICTS.map((name) => [name, 0])) as Record<Verdict, number>;
  const unscoredRowIdxs: number[] = [];
  let nFlagged = 0;
  const rows = measures.map((row, rowIdx): RowVerdict | null => {
    const judged = row === null ? null : verdict(row, thresholds);
    if (row === null || judged === null) {
      unscoredRowIdxs.push(rowIdx);
      return null;
    }
    const { closedPerplexity } = row;
    const flagged = isFlagged(closedPerplexity, thresholds.cut);
    if (flagged) nFlagged++;
    nRowsByVerdict[judged]++;
    return {
      verdict: judged,
      flagged,
      percentile: closedPerplexity === null ? null : perplexityPercentile(sorted, closedPerplexity),
      rank: closedPerplexity === null ? null : perplexityRank(sorted, closedPerplexity),
      stable: isStable(row, judged, neighbours),
    };
  });
  return { quantile, thresholds, rows, unscoredRowIdxs, nRowsWithContext: sorted.length, nFlagged, nRowsByVerdict };
}

function closedPerplexities(measures: readonly (RowMeasures | null)[]): Float64Array {
  const values = new Float64Array(measures.length);
  let nValues = 0;
  for (const row of measures) {
    if (row !== null && row.closedPerplexity !== null && isScored(row)) values[nValues++] = row.closedPerplexity;
  }
  return values.subarray(0, nValues);
}
