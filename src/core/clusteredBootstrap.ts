import type { Formula } from "./formula.ts";

export const formula: Formula = { name: "clustered bootstrap", version: 1 };

/** Resamples of an interval unless another number is asked for: its borders then move by a few tenths of a percent. */
export const DEFAULT_RESAMPLES = 2000;
export const DEFAULT_SEED = 20240726;
export const DEFAULT_LEVEL = 0.95;

/** A number of one item, and what it shares with others: items about one question are not independent. */
export interface ClusteredValue {
  readonly cluster: string;
  readonly value: number;
}

/** A mean with how far it can be trusted. The three figures are null where there are no items. */
export interface Estimate {
  readonly nItems: number;
  readonly nClusters: number;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** How intervals are made; the same options on the same items give the same interval to the last digit. */
export interface BootstrapOptions {
  readonly seed?: number;
  readonly nResamples?: number;
  /** Share of the resamples between low and high, in (0, 1). */
  readonly level?: number;
}

/**
 * The mean of all items, and the percentile interval of means over clusters drawn with replacement:
 *
 *     mean* = sum of values in the drawn clusters / number of items in them
 *     low, high = the (1 - level)/2 and (1 + level)/2 quantiles of mean* over nResamples
 *
 * An interval without width says that all clusters agree, not that the mean is exact. Values are float64 without unit.
 * Source: Efron and Tibshirani, An Introduction to the Bootstrap, 13.3; resampling whole clusters as Field and Welsh, 2007.
 */
export function clusteredMean(values: readonly ClusteredValue[], options: BootstrapOptions = {}): Estimate {
  const { seed = DEFAULT_SEED, nResamples = DEFAULT_RESAMPLES, level = DEFAULT_LEVEL } = options;
  const clusters = new Map<string, { sum: number; count: number }>();
  for (const { cluster, value } of values) {
    const known = clusters.get(cluster) ?? { sum: 0, count: 0 };
    known.sum += value;
    known.count++;
    clusters.set(cluster, known);
  }
  const nClusters = clusters.size;
  if (nClusters === 0) return { nItems: 0, nClusters: 0, mean: null, low: null, high: null };
  const sums = Float64Array.from(clusters.values(), ({ sum }) => sum);
  const counts = Float64Array.from(clusters.values(), ({ count }) => count);
  const random = uniform(seed);
  const means = new Float64Array(nResamples);
  for (let resampleIdx = 0; resampleIdx < nResamples; resampleIdx++) {
    let sum = 0;
    let count = 0;
    for (let draw = 0; draw < nClusters; draw++) {
      const clusterIdx = Math.floor(random() * nClusters);
      sum += sums[clusterIdx] as number;
      count += counts[clusterIdx] as number;
    }
    means[resampleIdx] = sum / count;
  }
  means.sort();
  return {
    nItems: values.length,
    nClusters,
    mean: values.reduce((sum, { value }) => sum + value, 0) / values.length,
    low: quantileOf(means, (1 - level) / 2),
    high: quantileOf(means, (1 + level) / 2),
  };
}

/** The nearest order statistic inside: the interval never reaches beyond what was drawn. */
function quantileOf(sorted: Float64Array, share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))] as number;
}

/** Numbers in [0, 1) that follow from the seed: mulberry32, whose period of 2^32 exceeds all draws of an interval. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
