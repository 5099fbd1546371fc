import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ClusteredValue, clusteredMean } from "../../../src/core/clusteredBootstrap.ts";

/** As many clusters as values, each with one. */
const alone = (values: readonly number[]): ClusteredValue[] =>
  values.map((value, idx) => ({ cluster: String(idx), value }));

const zerosAndOnes = (nOnes: number, nAll: number) => Array.from({ length: nAll }, (_, idx) => Number(idx < nOnes));

describe("the clustered mean", () => {
  test("is the mean over items, whatever their clusters", () => {
    const values = [1, 0, 1, 1].map((value, idx) => ({ cluster: idx < 3 ? "a" : "b", value }));
    expect(clusteredMean(values)).toMatchObject({ nItems: 4, nClusters: 2, mean: 0.75 });
  });

  test("of nothing is no number", () => {
    expect(clusteredMean([])).toEqual({ nItems: 0, nClusters: 0, mean: null, low: null, high: null });
  });

  test("of one cluster has an interval without width", () => {
    const values = [0, 1].map((value) => ({ cluster: "a", value }));
    expect(clusteredMean(values)).toMatchObject({ mean: 0.5, low: 0.5, high: 0.5 });
  });

  test("lies inside its interval, and the interval inside the values", () => {
    const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 4 }), (numbers, nClusters) => {
        const items = numbers.map((value, idx) => ({ cluster: String(idx % nClusters), value }));
        const { low, high } = clusteredMean(items, { nResamples: 50 });
        expect(low).toBeLessThanOrEqual(high as number);
        expect(low).toBeGreaterThanOrEqual(Math.min(...numbers) - 1e-12);
        expect(high).toBeLessThanOrEqual(Math.max(...numbers) + 1e-12);
      }),
    );
  });
});

describe("the interval", () => {
  test("is the same for the same seed and another for another", () => {
    const items = alone(Array.from({ length: 40 }, (_, idx) => Math.sin(idx)));
    expect(clusteredMean(items, { seed: 1 })).toEqual(clusteredMean(items, { seed: 1 }));
    expect(clusteredMean(items, { seed: 1 }).low).not.toBe(clusteredMean(items, { seed: 2 }).low);
  });

  // The mean of n draws from p has standard deviation sqrt(p (1 - p) / n): the normal interval is the reference.
  test.each([
    [50, 100],
    [30, 200],
    [240, 300],
  ])("of %d of %d independent items is about the normal one", (nOnes, nAll) => {
    const p = nOnes / nAll;
    const { low, high } = clusteredMean(alone(zerosAndOnes(nOnes, nAll)), { nResamples: 4000 });
    const half = 1.96 * Math.sqrt((p * (1 - p)) / nAll);
    expect(Math.abs((low as number) - (p - half))).toBeLessThan(0.12 * half + 0.5 / nAll);
    expect(Math.abs((high as number) - (p + half))).toBeLessThan(0.12 * half + 0.5 / nAll);
  });

  test("of items that agree within clusters is as wide as that of the clusters alone", () => {
    const clusters = zerosAndOnes(12, 30);
    const repeated = clusters.flatMap((value, idx) => Array.from({ length: 10 }, () => ({ cluster: `${idx}`, value })));
    const { low, high } = clusteredMean(repeated);
    const single = clusteredMean(alone(clusters));
    expect(low).toBeCloseTo(single.low as number, 12);
    expect(high).toBeCloseTo(single.high as number, 12);
    const ignoring = clusteredMean(alone(repeated.map(({ value }) => value)));
    expect((high as number) - (low as number)).toBeGreaterThan(
      2 * ((ignoring.high as number) - (ignoring.low as number)),
    );
  });

  test("widens with its level", () => {
    const items = alone(zerosAndOnes(20, 60));
    const width = (level: number) => {
      const { low, high } = clusteredMean(items, { level, nResamples: 4000 });
      return (high as number) - (low as number);
    };
    expect(width(0.5)).toBeLessThan(width(0.95));
    expect(width(0.95)).toBeLessThan(width(0.999));
  });
});
