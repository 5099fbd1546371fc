import type { Formula } from "./formula.ts";
import { CodedError } from "./problem.ts";

export const formula: Formula = { name: "non-context-critical", version: 1 };

/** The paper removes the 25 % of rows that are easiest to answer without their context. */
export const DEFAULT_QUANTILE = 0.25;

/** Products such as 0.07 * 100 miss their whole number by a few 1e-16; a quantile typed in decimals means the whole one. */
const ROUNDING_ERROR = 1e-9;

/**
 * The closed-book perplexities of a dataset's rows that have a context, in rising order: what cuts, percentiles and
 * ranks are read from. Float64 `[row with context]`.
 */
export type SortedPerplexities = Float64Array;

/** Sorts closed-book perplexities; NaN must not be among them. */
export function sortPerplexities(closedPerplexities: Float64Array): SortedPerplexities {
  return closedPerplexities.slice().sort();
}

/**
 * The highest closed-book perplexity that is flagged: rows at or below it, ties included, can be answered about as well
 * without their context. Null when no row has a context.
 *
 *     cut = the ceil(q * n)-th smallest closed-book perplexity,  q in (0, 1], n rows with a context
 *
 * q * n is taken as the decimal product: q = 0.07 of 100 rows is the 7th row. Exact, so that every door flags the same
 * rows. Source: Goyal et al., Context-Parametric Inversion, 3.4.
 * @throws CodedError `measure/quantile-out-of-range`.
 */
export function perplexityCut(sorted: SortedPerplexities, quantile: number): number | null {
  if (!(quantile > 0 && quantile <= 1)) throw new CodedError("measure/quantile-out-of-range", { quantile });
  if (sorted.length === 0) return null;
  const position = Math.ceil(quantile * sorted.length - ROUNDING_ERROR);
  return sorted[Math.min(sorted.length, Math.max(1, position)) - 1] as number;
}

/** Says whether a row does not need its context by the rule of its dataset. */
export function isFlagged(closedPerplexity: number | null, cut: number | null): boolean {
  return closedPerplexity !== null && cut !== null && closedPerplexity <= cut;
}

/** The row's place among the rows with a context, counted from 1 at the lowest closed-book perplexity; equal rows share the lower place. */
export function perplexityRank(sorted: SortedPerplexities, closedPerplexity: number): number {
  return nLeading(sorted, (value) => value < closedPerplexity) + 1;
}

/**
 * The share of the rows with a context that are at most as hard without it as this row, in (0, 1].
 *
 *     percentile = #{ rows with closedPerplexity <= this row's } / n
 */
export function perplexityPercentile(sorted: SortedPerplexities, closedPerplexity: number): number {
  return nLeading(sorted, (value) => value <= closedPerplexity) / sorted.length;
}

/** How many values at the start of a rising array satisfy a condition that no later value does. */
function nLeading(sorted: SortedPerplexities, holds: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(sorted[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low;
}
