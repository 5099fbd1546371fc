import fc from "fast-check";
import { expect, test } from "vitest";
import { datasetVerdicts } from "../../../src/core/datasetVerdicts.ts";
import type { RowMeasures } from "../../../src/core/rowMeasures.ts";
import { measuresOf, measuresWithoutContext } from "./measuresFixture.ts";

test("a dataset of every kind of row, hand-computed", () => {
  const rows = [
    measuresOf([0, 0, 0, 0], -1), // easiest without its context
    measuresOf([4, 0, 0, 0], -2),
    null, // could not be scored
    measuresOf([2, 2, 2, 2], -3),
    measuresOf([-1, -1, -1, -1], -4),
    measuresWithoutContext(-0.5),
    measuresOf([Number.NaN]),
  ];
  const verdicts = datasetVerdicts(rows, 0.25);
  expect(verdicts.thresholds).toEqual({ cut: Math.E, smallGain: 0.1, t90Share: 0.5 });
  expect(verdicts.rows).toEqual([
    { verdict: "redundant", flagged: true, percentile: 0.25, rank: 1, stable: true },
    { verdict: "teacher-forced", flagged: false, percentile: 0.5, rank: 2, stable: true },
    null,
    { verdict: "context-critical", flagged: false, percentile: 0.75, rank: 3, stable: true },
    { verdict: "unhelpful", flagged: false, percentile: 1, rank: 4, stable: true },
    { verdict: "no-context", flagged: false, percentile: null, rank: null, stable: true },
    null,
  ]);
  expect(verdicts.unscoredRowIdxs).toEqual([2, 6]);
  expect(verdicts.nRowsWithContext).toBe(4);
  expect(verdicts.nFlagged).toBe(1);
  expect(verdicts.nRowsByVerdict).toEqual({
    "no-context": 1,
    redundant: 1,
    "teacher-forced": 1,
    "context-critical": 1,
    unhelpful: 1,
  });
});

test("flagged is not yet redundant: a flagged row with a large gain keeps its flag and its own verdict", () => {
  const [row] = datasetVerdicts([measuresOf([0.5, 0.5, 0.5, 0.5], -1), measuresOf([1], -9)], 0.5).rows;
  expect(row).toMatchObject({ flagged: true, verdict: "context-critical" });
});

test("no rows, and rows that all lack context or score, have no cut", () => {
  expect(datasetVerdicts([], 0.25)).toMatchObject({ rows: [], nFlagged: 0, nRowsWithContext: 0 });
  const verdicts = datasetVerdicts([null, measuresWithoutContext(-1)], 0.25);
  expect(verdicts.thresholds.cut).toBeNull();
  expect(verdicts.rows[1]?.verdict).toBe("no-context");
});

test.each([0, 1.5, Number.NaN])("the quantile %d is refused, also for an empty dataset", (quantile) => {
  expect(() => datasetVerdicts([], quantile)).toThrow(/measure\/quantile-out-of-range/);
});

const anyRow: fc.Arbitrary<RowMeasures | null> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constant(measuresWithoutContext(-1)) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 1, maxLength: 8 }), fc.integer({ min: 2, max: 9 }))
      .map(([eighths, closed]) =>
        measuresOf(
          eighths.map((gain) => gain / 8),
          -closed,
        ),
      ),
  },
);
const datasets = fc.array(anyRow, { maxLength: 40 });
const quantiles = fc.integer({ min: 1, max: 100 }).map((percent) => percent / 100);

test("the order of the rows changes no row's verdict", () => {
  fc.assert(
    fc.property(datasets, quantiles, fc.infiniteStream(fc.nat()), (rows, quantile, keys) => {
      const order = rows
        .map((_, idx) => ({ idx, key: keys.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ idx }) => idx);
      const shuffled = order.map((idx) => rows[idx] as RowMeasures | null);
      const there = datasetVerdicts(rows, quantile);
      const here = datasetVerdicts(shuffled, quantile);
      expect(here.rows).toEqual(order.map((idx) => there.rows[idx]));
      expect(here.nRowsByVerdict).toEqual(there.nRowsByVerdict);
      expect(here.thresholds).toEqual(there.thresholds);
    }),
  );
});

test("flags follow the rule, equal rows are equal, and the counts add up", () => {
  fc.assert(
    fc.property(datasets, quantiles, (rows, quantile) => {
      const verdicts = datasetVerdicts(rows, quantile);
      const perplexities = rows.flatMap((row) => row?.closedPerplexity ?? []).sort((a, b) => a - b);
      const nSmallest = Math.ceil((Math.round(quantile * 100) * perplexities.length) / 100);
      const cut = perplexities[nSmallest - 1] ?? null;
      expect(verdicts.thresholds.cut).toBe(cut);
      for (const [idx, row] of rows.entries()) {
        const isEasy = row?.closedPerplexity != null && cut !== null && row.closedPerplexity <= cut;
        expect(verdicts.rows[idx]?.flagged ?? false).toBe(isEasy);
        if (verdicts.rows[idx]?.verdict === "redundant") expect(isEasy).toBe(true);
      }
      const nJudged = Object.values(verdicts.nRowsByVerdict).reduce((sum, n) => sum + n, 0);
      expect(nJudged + verdicts.unscoredRowIdxs.length).toBe(rows.length);
      expect(verdicts.nFlagged).toBe(verdicts.rows.filter((row) => row?.flagged).length);
    }),
  );
});

test("a row without score or context moves nobody's flag", () => {
  fc.assert(
    fc.property(datasets, quantiles, (rows, quantile) => {
      const padded = [null, ...rows, measuresWithoutContext(-2), measuresOf([Number.NaN])];
      const before = datasetVerdicts(rows, quantile).rows;
      expect(datasetVerdicts(padded, quantile).rows.slice(1, 1 + rows.length)).toEqual(before);
    }),
  );
});

test("judges a hundred thousand rows within the time of a few frames", () => {
  const rows = Array.from({ length: 100_000 }, (_, idx) =>
    measuresOf([((idx * 7919) % 101) / 50, 0], -1 - (idx % 977) / 99),
  );
  datasetVerdicts(rows, 0.25);
  const startMs = performance.now();
  const verdicts = datasetVerdicts(rows, 0.25);
  const elapsedMs = performance.now() - startMs;
  expect(verdicts.nFlagged).toBeGreaterThanOrEqual(25_000);
  // Measured at about a tenth of this; the margin is for a busy machine.
  expect(elapsedMs).toBeLessThan(1000);
});
