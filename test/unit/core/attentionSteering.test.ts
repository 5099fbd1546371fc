import fc from "fast-check";
import { expect, test } from "vitest";
import { formula, LOWEST_USEFUL_ALPHA, steeringBias } from "../../../src/core/attentionSteering.ts";

const logAlpha = Math.fround(Math.log(0.9));

test("log alpha outside the emphasised words, 0 on them", () => {
  const bias = steeringBias(6, [{ start: 1, end: 3 }], 0.9);
  expect([...bias]).toEqual([logAlpha, 0, 0, logAlpha, logAlpha, logAlpha]);
});

test("several spans, also touching and empty ones", () => {
  const spans = [
    { start: 0, end: 1 },
    { start: 1, end: 2 },
    { start: 3, end: 3 },
  ];
  expect([...steeringBias(4, spans, 0.9)]).toEqual([0, 0, logAlpha, logAlpha]);
});

test("prompt keys only: generated tokens stay as they are", () => {
  expect([...steeringBias(5, [{ start: 1, end: 2 }], 0.9, "prompt", 3)]).toEqual([logAlpha, 0, logAlpha, 0, 0]);
  expect([...steeringBias(5, [{ start: 1, end: 2 }], 0.9, "all", 3)]).toEqual([
    logAlpha,
    0,
    logAlpha,
    logAlpha,
    logAlpha,
  ]);
});

test("alpha 1 adds exactly 0 to every score", () => {
  expect(steeringBias(3, [], 1).every((value) => Object.is(value, 0))).toBe(true);
});

test.each([0, -0.5, 1.01, Number.NaN])("alpha %d is refused", (alpha) => {
  expect(() => steeringBias(1, [], alpha)).toThrow(/measure\/alpha-out-of-range/);
});

function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const exponentials = scores.map((score) => Math.exp(score - largest));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return exponentials.map((value) => value / total);
}

test("adding the bias before the softmax is the published equation after it", () => {
  const scoreLists = fc.array(fc.double({ min: -8, max: 8, noNaN: true }), { minLength: 2, maxLength: 20 });
  const alphas = fc.double({ min: 0.05, max: 1, noNaN: true });
  fc.assert(
    fc.property(scoreLists, alphas, fc.nat(), (scores, alpha, cut) => {
      const emphasised = { start: 0, end: cut % scores.length };
      const bias = steeringBias(scores.length, [emphasised], alpha);
      const steered = softmax(scores.map((score, idx) => score + (bias[idx] ?? 0)));
      const weakened = softmax(scores).map((share, idx) => (idx < emphasised.end ? share : alpha * share));
      const total = weakened.reduce((sum, value) => sum + value, 0);
      for (const [idx, share] of steered.entries()) expect(share).toBeCloseTo((weakened[idx] ?? 0) / total, 6);
    }),
  );
});

test("the paper's range, and the formula has a name and a version", () => {
  expect(LOWEST_USEFUL_ALPHA).toBe(0.9);
  expect(formula).toEqual({ name: "attention steering", version: 1 });
});
