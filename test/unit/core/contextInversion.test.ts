import { describe, expect, test } from "vitest";
import { type CheckpointValues, contextInversion } from "../../../src/core/contextInversion.ts";

/** Items of which checkpoint c answers the first `nRight[c]`, each in a cluster of its own. */
function curve(nItems: number, nRight: readonly number[]): CheckpointValues[] {
  return Array.from({ length: nItems }, (_, idx) => ({
    cluster: `${idx}`,
    values: nRight.map((right) => Number(idx < right)),
  }));
}

describe("inversion over checkpoints", () => {
  test("is a fall after the peak", () => {
    const found = contextInversion(curve(100, [40, 90, 80, 50]));
    expect(found).toMatchObject({ peakIdx: 1, lastIdx: 3, isInversion: true, nItems: 100, benchmarkChange: null });
    expect(found?.means).toEqual([0.4, 0.9, 0.8, 0.5]);
    expect(found?.fall.mean).toBeCloseTo(0.4, 12);
    expect(found?.fall.low).toBeGreaterThan(0.2);
  });

  test.each([
    ["a rise", [40, 60, 80, 90]],
    ["a flat line", [70, 70, 70, 70]],
    ["a peak at the end", [10, 90, 20, 90]],
    ["a fall of one item", [40, 60, 90, 89]],
  ])("is not %s", (_name, nRight) => {
    expect(contextInversion(curve(100, nRight))?.isInversion).toBe(false);
  });

  test("is seen item by item: what all checkpoints fail or pass says nothing against it", () => {
    // Eight of a hundred items fall, none rises: far outside chance for those items, though both means have wide intervals.
    const found = contextInversion(curve(100, [40, 58, 50]));
    expect(found?.isInversion).toBe(true);
    expect(found?.fall.mean).toBeCloseTo(0.08, 12);
  });

  test("is not what chance does to the best of many checkpoints", () => {
    // Every checkpoint answers each item with one half, independently: no curve rises or falls.
    let nInversions = 0;
    for (let trial = 0; trial < 20; trial++) {
      let state = trial + 1;
      const random = () => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return state / 2 ** 32;
      };
      const items = Array.from({ length: 80 }, (_, idx) => ({
        cluster: `${idx}`,
        values: Array.from({ length: 15 }, () => Number(random() < 0.5)),
      }));
      if (contextInversion(items, [], { nResamples: 2000 })?.isInversion) nInversions++;
    }
    expect(nInversions).toBeLessThanOrEqual(3);
  });

  test("widens its interval with the number of checkpoints", () => {
    expect(contextInversion(curve(50, [20, 40, 30]))?.level).toBeCloseTo(1 - 0.05 / 2, 12);
    expect(contextInversion(curve(50, [20, 40, 30, 30, 30]))?.level).toBeCloseTo(1 - 0.05 / 4, 12);
  });

  test("compares only items that every checkpoint has", () => {
    const missing: CheckpointValues = { cluster: "x", values: [1, null, 1] };
    expect(contextInversion([...curve(10, [5, 8, 2]), missing])?.nItems).toBe(10);
    expect(contextInversion([missing])).toBeNull();
  });

  test("needs three checkpoints", () => {
    expect(contextInversion(curve(10, [9, 2]))).toBeNull();
    expect(contextInversion([])).toBeNull();
  });

  test("shows what a benchmark did meanwhile, from the peak to the end", () => {
    const found = contextInversion(curve(60, [10, 50, 20]), curve(60, [10, 30, 45]));
    expect(found?.benchmarkChange?.mean).toBeCloseTo(0.25, 12);
    expect(found?.benchmarkChange?.low).toBeGreaterThan(0);
  });
});
