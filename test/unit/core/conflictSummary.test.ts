import { expect, test } from "vitest";
import { type ConflictMeasures, conflictSummary, type HeldAnswers } from "../../../src/core/conflictSummary.ts";

const held = (contextual: boolean, parametric: boolean): HeldAnswers => ({ contextual, parametric });

const conflict = (open: HeldAnswers | null, changes: Partial<ConflictMeasures> = {}): ConflictMeasures => ({
  kind: "conflict",
  cluster: "q",
  open,
  closed: held(false, false),
  openSentence: open,
  contextPreference: 0.5,
  firstTokenContextPreference: 0.5,
  isProbed: false,
  contextMass: 0.2,
  ...changes,
});

const four = [held(true, false), held(false, true), held(true, true), held(false, false)].map((open) => conflict(open));

test("each kind of output is counted apart", () => {
  expect(conflictSummary(four).conflict.all).toMatchObject({
    nItems: 4,
    nContextualOnly: 1,
    nParametricOnly: 1,
    nBoth: 1,
    nNeither: 1,
    counterfactualAccuracy: { mean: 0.5, nItems: 4, nClusters: 1 },
    parametricAccuracy: { mean: 0.5 },
    containingScore: { mean: 0.5 },
  });
});

test("the probed and the recalled are subsets of their own", () => {
  const items = [
    conflict(held(true, false), { isProbed: true, contextPreference: 0.9 }),
    conflict(held(false, true), { isProbed: true, contextPreference: 0.1, closed: held(false, true) }),
    conflict(held(true, false), { contextPreference: 0.8 }),
  ];
  const { all, probed, recalled } = conflictSummary(items).conflict;
  expect([all.nItems, probed.nItems, recalled.nItems]).toEqual([3, 2, 1]);
  expect(all.contextPreference.mean).toBeCloseTo(0.6, 12);
  expect(probed.contextPreference.mean).toBeCloseTo(0.5, 12);
  expect(recalled.parametricAccuracy.mean).toBe(1);
});

test("what has no number is left out of its mean and of no other", () => {
  const items = [
    conflict(held(true, false), { contextPreference: Number.NaN, contextMass: null }),
    conflict(null, { contextPreference: null, closed: null, openSentence: null, contextMass: null }),
    conflict(held(false, true), { contextPreference: 0.25 }),
  ];
  const { all } = conflictSummary(items).conflict;
  expect(all.counterfactualAccuracy).toMatchObject({ nItems: 2, mean: 0.5 });
  expect(all.contextPreference).toMatchObject({ nItems: 1, mean: 0.25 });
  expect(all.contextMass).toMatchObject({ nItems: 1, mean: 0.2 });
  // The one that was not asked is an item, but none of the four kinds of output.
  expect([all.nItems, all.nContextualOnly + all.nParametricOnly + all.nBoth + all.nNeither]).toEqual([3, 2]);
});

test("reading and remembering are asked of their own kinds", () => {
  const contextual = (contextualSaid: boolean, closed: boolean): ConflictMeasures => ({
    ...conflict({ contextual: contextualSaid, parametric: null }),
    kind: "contextual",
    openSentence: { contextual: false, parametric: null },
    closed: { contextual: closed, parametric: closed },
  });
  const recall = (parametric: boolean): ConflictMeasures => ({
    ...conflict(null),
    kind: "recall",
    closed: { contextual: null, parametric },
  });
  const items = [contextual(true, true), contextual(true, false), recall(true), recall(false), recall(true), ...four];
  const summary = conflictSummary(items);
  expect(summary.contextual).toMatchObject({
    nItems: 2,
    containingScore: { mean: 0 },
    wholeOutputScore: { mean: 1 },
    closedBookScore: { mean: 0.5 },
  });
  expect(summary.recall).toMatchObject({
    withoutContext: { nItems: 3, mean: 2 / 3 },
    ofConflicts: { nItems: 4, mean: 0 },
    all: { nItems: 7, mean: 2 / 7 },
  });
});

test("intervals draw whole clusters, by the seed", () => {
  const items = Array.from({ length: 60 }, (_, idx) => conflict(held(idx < 30, false), { cluster: `${idx % 20}` }));
  const { counterfactualAccuracy } = conflictSummary(items, { seed: 3, nResamples: 500 }).conflict.all;
  expect(counterfactualAccuracy.nClusters).toBe(20);
  expect(conflictSummary(items, { seed: 3, nResamples: 500 }).conflict.all.counterfactualAccuracy).toEqual(
    counterfactualAccuracy,
  );
});

test("no items have no figures", () => {
  const { conflict: figures, contextual, recall } = conflictSummary([]);
  expect([figures.all.nItems, contextual.nItems]).toEqual([0, 0]);
  expect([figures.probed.contextPreference.mean, recall.all.mean]).toEqual([null, null]);
});
