import { expect, test } from "vitest";
import type { RowMeasures } from "../../../src/core/rowMeasures.ts";
import { isStable, neighbouringThresholds } from "../../../src/core/stability.ts";
import { type Verdict, type VerdictThresholds, verdict } from "../../../src/core/verdict.ts";
import { measuresOf, measuresWithoutContext } from "./measuresFixture.ts";

const thresholds: VerdictThresholds = { cut: 25, smallGain: 0.1, t90Share: 0.5 };
/** A dataset whose cut is one hundred times the quantile. */
const cutAt = (quantile: number) => Math.round(quantile * 100);
const neighbours = neighbouringThresholds(0.25, thresholds, cutAt);

function isStableRow(measures: RowMeasures): boolean {
  return isStable(measures, verdict(measures, thresholds) as Verdict, neighbours);
}

test("six neighbours, one threshold moved in each", () => {
  expect(neighbours).toEqual([
    { ...thresholds, cut: 20 },
    { ...thresholds, cut: 30 },
    { ...thresholds, smallGain: 0.05 },
    { ...thresholds, smallGain: 0.2 },
    { ...thresholds, t90Share: 0.4 },
    { ...thresholds, t90Share: 0.6 },
  ]);
});

test("at the ends of the range a quantile flags nothing or everything", () => {
  expect(neighbouringThresholds(0.05, thresholds, cutAt)[0]?.cut).toBeNull();
  expect(neighbouringThresholds(0.98, thresholds, cutAt)[1]?.cut).toBe(100);
});

test("far from every border a verdict is stable", () => {
  expect(isStableRow(measuresOf([2, 2, 2, 2]))).toBe(true);
  expect(isStableRow(measuresOf([0, 0, 0, 0], -1))).toBe(true);
  expect(isStableRow(measuresWithoutContext(-1))).toBe(true);
});

test("between the cuts of two quantiles redundant is not stable", () => {
  const measures = measuresOf([0, 0, 0, 0], -Math.log(22));
  expect(isStableRow(measures)).toBe(false);
});

test("a gain between the half and the double of small is not stable where it decides", () => {
  const flaggedRow = measuresOf([0.0625, 0.0625, 0.0625, 0.0625], -1);
  expect(isStableRow(flaggedRow)).toBe(false);
  const unflaggedRow = measuresOf([0.0625, 0.0625, 0.0625, 0.0625]);
  expect(isStableRow(unflaggedRow)).toBe(true);
});

test("a gain that ends between 40 % and 60 % of the target is not stable", () => {
  expect(isStableRow(measuresOf([1, 1, 0, 0]))).toBe(false);
  expect(isStableRow(measuresOf([1, 1, 1, 0, 0]))).toBe(false);
  expect(isStableRow(measuresOf([1, 0, 0, 0]))).toBe(true);
});
