import type { Problem } from "../core/problem.ts";
import type { RowLogProbs } from "../core/rowLogProbs.ts";

/** What scoring one row gave: its log-probabilities, or the problems that kept it from being scored. */
export interface ScoredRow {
  /** Position of the row in the request. */
  readonly rowIdx: number;
  /** SHA-256 cache key of the row under this model; see `scoreKey.ts`. */
  readonly key: string;
  readonly logProbs: RowLogProbs | null;
  readonly problems: readonly Problem[];
  readonly scoredAtMs: number;
  readonly fromCache: boolean;
}
