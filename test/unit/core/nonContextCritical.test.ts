import fc from "fast-check";
import { expect, test } from "vitest";
import {
  DEFAULT_QUANTILE,
  formula,
  isFlagged,
  perplexityCut,
  perplexityPercentile,
  perplexityRank,
  sortPerplexities as sortValues,
} from "../../../src/core/nonContextCritical.ts";

const sortPerplexities = (values: Iterable<number>) => sortValues(Float64Array.from(values));

test("a quarter of eight rows is the second smallest", () => {
  const sorted = sortPerplexities([8, 7, 6, 5, 4, 3, 2, 1]);
  expect(perplexityCut(sorted, 0.25)).toBe(2);
  expect(sorted.filter((value) => isFlagged(value, 2))).toEqual(Float64Array.of(1, 2));
});

test("the position is rounded up", () => {
  const sorted = sortPerplexities([1, 2, 3, 4, 5]);
  expect(perplexityCut(sorted, 0.25)).toBe(2);
  expect(perplexityCut(sorted, 0.2)).toBe(1);
  expect(perplexityCut(sorted, 0.2001)).toBe(2);
  expect(perplexityCut(sorted, 1)).toBe(5);
  expect(perplexityCut(sorted, 1e-12)).toBe(1);
});

test("ties at the cut are all flagged", () => {
  const perplexities = [3, 1, 2, 2, 2, 9, 9, 9];
  const cut = perplexityCut(sortPerplexities(perplexities), 0.25);
  expect(cut).toBe(2);
  expect(perplexities.map((value) => isFlagged(value, cut))).toEqual([
    false,
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});

test("no rows: no cut, nothing flagged; one row is always flagged", () => {
  expect(perplexityCut(sortPerplexities([]), 0.25)).toBeNull();
  expect(isFlagged(1, null)).toBe(false);
  expect(perplexityCut(sortPerplexities([7]), 0.01)).toBe(7);
});

test("a row without context is never flagged", () => {
  expect(isFlagged(null, 100)).toBe(false);
});

test.each([0, -0.1, 1.0001, Number.NaN, Number.POSITIVE_INFINITY])("the quantile %d is refused", (quantile) => {
  expect(() => perplexityCut(sortPerplexities([1]), quantile)).toThrow(/measure\/quantile-out-of-range/);
});

test("a quantile in hundredths means its decimal value for every number of rows", () => {
  for (let hundredths = 1; hundredths <= 100; hundredths++) {
    for (const nRows of [1, 7, 20, 100, 300, 1900]) {
      const sorted = sortPerplexities(Array.from({ length: nRows }, (_, rank) => rank + 1));
      const expected = Math.ceil((hundredths * nRows) / 100);
      expect(perplexityCut(sorted, hundredths / 100), `${hundredths} % of ${nRows}`).toBe(expected);
    }
  }
});

test("ranks count from 1 and ties share the lower one; percentiles count ties in", () => {
  const sorted = sortPerplexities([4, 1, 2, 2]);
  expect([1, 2, 4].map((value) => perplexityRank(sorted, value))).toEqual([1, 2, 4]);
  expect([1, 2, 4].map((value) => perplexityPercentile(sorted, value))).toEqual([0.25, 0.75, 1]);
});

test("sorting leaves the values given as they are", () => {
  const values = Float64Array.of(3, 1, 2);
  expect(sortValues(values)).toEqual(Float64Array.of(1, 2, 3));
  expect(values).toEqual(Float64Array.of(3, 1, 2));
});

test("infinite perplexities sort last", () => {
  const sorted = sortPerplexities([Number.POSITIVE_INFINITY, 10, 9]);
  expect(perplexityCut(sorted, 0.5)).toBe(10);
  expect(perplexityRank(sorted, Number.POSITIVE_INFINITY)).toBe(3);
});

// Few distinct values, so that ties are common.
const perplexityLists = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 60 });
const hundredths = fc.integer({ min: 1, max: 100 });

test("agrees with the rule spelled out naively, whatever the order", () => {
  fc.assert(
    fc.property(perplexityLists, hundredths, (values, percent) => {
      const sorted = sortPerplexities(values);
      const cut = perplexityCut(sorted, percent / 100) as number;
      const naiveCut = [...values].sort((a, b) => a - b)[Math.ceil((percent * values.length) / 100) - 1];
      expect(cut).toBe(naiveCut);
      expect(perplexityCut(sortPerplexities(values.toReversed()), percent / 100)).toBe(cut);
      for (const value of values) {
        const rank = values.filter((other) => other < value).length + 1;
        expect(perplexityRank(sorted, value)).toBe(rank);
        expect(perplexityPercentile(sorted, value)).toBe(
          values.filter((other) => other <= value).length / values.length,
        );
        expect(isFlagged(value, cut)).toBe(rank <= Math.ceil((percent * values.length) / 100));
      }
    }),
  );
});

test("a larger quantile never lowers the cut, and at least the quantile is flagged", () => {
  fc.assert(
    fc.property(perplexityLists, hundredths, hundredths, (values, a, b) => {
      const sorted = sortPerplexities(values);
      const lower = perplexityCut(sorted, Math.min(a, b) / 100) as number;
      const upper = perplexityCut(sorted, Math.max(a, b) / 100) as number;
      expect(lower).toBeLessThanOrEqual(upper);
      const nFlagged = values.filter((value) => isFlagged(value, upper)).length;
      expect(100 * nFlagged).toBeGreaterThanOrEqual(Math.max(a, b) * values.length);
    }),
  );
});

test("the paper's quarter is the default, and the formula has a name and a version", () => {
  expect(DEFAULT_QUANTILE).toBe(0.25);
  expect(formula).toEqual({ name: "non-context-critical", version: 1 });
});
