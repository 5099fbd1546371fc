import {
  type BootstrapOptions,
  type ClusteredValue,
  clusteredMean,
  DEFAULT_LEVEL,
  type Estimate,
} from "./clusteredBootstrap.ts";
import type { Formula } from "./formula.ts";

export const formula: Formula = { name: "context-parametric inversion", version: 1 };

/** The fewest checkpoints of which one can be a peak between others. */
export const FEWEST_CHECKPOINTS = 3;

/** An item's figure at every checkpoint in order of training; null where a checkpoint has none. */
export interface CheckpointValues {
  readonly cluster: string;
  readonly values: readonly (number | null)[];
}

/** Whether a curve over checkpoints rises and falls. */
export interface Inversion {
  /** Mean over the items that every checkpoint has. */
  readonly means: readonly number[];
  readonly nItems: number;
  /** The first of equal peaks. */
  readonly peakIdx: number;
  readonly lastIdx: number;
  /** Mean of peak minus last over the same items; its interval is at `level`. */
  readonly fall: Estimate;
  readonly level: number;
  readonly isInversion: boolean;
  /** What a benchmark did from the peak to the last checkpoint, at the same level; null without one. */
  readonly benchmarkChange: Estimate | null;
}

/**
 * Says whether reliance on the context falls after its peak, though the benchmark may go on rising:
 *
 *     peak = argmax over checkpoints of mean counterfactual accuracy,  fall_i = value_i[peak] - value_i[last]
 *     inversion when the interval of mean(fall) lies above 0
 *
 * The differences are taken item by item, so that hard items do not blur them. The peak was picked among n - 1
 * checkpoints, so the interval is at level 1 - 0.05 / (n - 1) (Bonferroni): chance peaks of many checkpoints are not
 * taken for inversions. Null for fewer than three checkpoints, or no item that all of them have.
 * Source of the phenomenon: Goyal et al., Context-Parametric Inversion, 2.2 and 3; the test is defined here.
 */
export function contextInversion(
  items: readonly CheckpointValues[],
  benchmark: readonly CheckpointValues[] = [],
  options: Omit<BootstrapOptions, "level"> = {},
): Inversion | null {
  const whole = items.filter(isWhole);
  const nCheckpoints = items[0]?.values.length ?? 0;
  if (nCheckpoints < FEWEST_CHECKPOINTS || whole.length === 0) return null;
  const means = Array.from(
    { length: nCheckpoints },
    (_, idx) => whole.reduce((sum, { values }) => sum + (values[idx] as number), 0) / whole.length,
  );
  const lastIdx = nCheckpoints - 1;
  const peakIdx = means.indexOf(Math.max(...means));
  const level = 1 - (1 - DEFAULT_LEVEL) / lastIdx;
  // The borders of so wide an interval are far out: enough resamples that some lie beyond them.
  const resampling = { nResamples: 10_000, ...options, level };
  const fall = clusteredMean(differences(whole, peakIdx, lastIdx), resampling);
  const wholeBenchmark = benchmark.filter(isWhole);
  return {
    means,
    nItems: whole.length,
    peakIdx,
    lastIdx,
    fall,
    level,
    isInversion: (fall.low ?? 0) > 0,
    benchmarkChange:
      wholeBenchmark.length === 0 ? null : clusteredMean(differences(wholeBenchmark, lastIdx, peakIdx), resampling),
  };
}

function isWhole({ values }: CheckpointValues): boolean {
  return values.every((value) => value !== null && !Number.isNaN(value));
}

function differences(items: readonly CheckpointValues[], fromIdx: number, toIdx: number): ClusteredValue[] {
  return items.map(({ cluster, values }) => ({
    cluster,
    value: (values[fromIdx] as number) - (values[toIdx] as number),
  }));
}
