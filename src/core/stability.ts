import type { RowMeasures } from "./rowMeasures.ts";
import { type Verdict, type VerdictThresholds, verdict } from "./verdict.ts";

const QUANTILE_STEP = 0.05;
const GAIN_FACTORS = [0.5, 2];
const T90_SHARE_STEP = 0.1;

/**
 * The thresholds next to the chosen ones, one moved at a time: quantile -/+ 0.05, small gain x 0.5 and x 2, t90 share
 * -/+ 0.1. A quantile that falls to 0 flags nothing, one that passes 1 flags every row. Defined here.
 * @param cutAt the cut of the dataset at a quantile in (0, 1].
 */
export function neighbouringThresholds(
  quantile: number,
  thresholds: VerdictThresholds,
  cutAt: (quantile: number) => number | null,
): VerdictThresholds[] {
  const lower = quantile - QUANTILE_STEP;
  return [
    { ...thresholds, cut: lower > 0 ? cutAt(lower) : null },
    { ...thresholds, cut: cutAt(Math.min(1, quantile + QUANTILE_STEP)) },
    ...GAIN_FACTORS.map((factor) => ({ ...thresholds, smallGain: thresholds.smallGain * factor })),
    { ...thresholds, t90Share: thresholds.t90Share - T90_SHARE_STEP },
    { ...thresholds, t90Share: thresholds.t90Share + T90_SHARE_STEP },
  ];
}

/** Says whether the verdict does not hang on where exactly a border was drawn: it is the same at every neighbour. */
export function isStable(measures: RowMeasures, here: Verdict, neighbours: readonly VerdictThresholds[]): boolean {
  return neighbours.every((neighbour) => verdict(measures, neighbour) === here);
}
