import fc from "fast-check";
import { expect, test } from "vitest";
import { formula, meanLogProb, perplexity } from "../../../src/core/perplexity.ts";

test("a model that picks among four equal tokens has perplexity 4", () => {
  const quarter = Math.log(0.25);
  expect(perplexity(Float32Array.of(quarter, quarter, quarter))).toBeCloseTo(4, 6);
});

test("a certain model has perplexity 1 and a token of probability 0 makes it infinite", () => {
  expect(perplexity(Float32Array.of(0, 0))).toBe(1);
  expect(perplexity(Float32Array.of(0, Number.NEGATIVE_INFINITY))).toBe(Number.POSITIVE_INFINITY);
});

test("the mean is over tokens, hand-computed on numbers that float32 holds exactly", () => {
  expect(meanLogProb(Float32Array.of(-1, -2, -4.5))).toBe(-2.5);
  expect(perplexity(Float32Array.of(-1, -2, -4.5))).toBe(Math.exp(2.5));
});

test("no tokens and NaN give NaN, not a number that looks measured", () => {
  expect(perplexity(new Float32Array())).toBeNaN();
  expect(perplexity(Float32Array.of(-1, Number.NaN))).toBeNaN();
});

test("sums in float64: a million equal float32 values do not drift", () => {
  const logProb = Math.fround(-0.1);
  expect(meanLogProb(new Float32Array(1_000_000).fill(-0.1))).toBeCloseTo(logProb, 10);
});

test("perplexity is at least 1 and equals the geometric mean of inverse probabilities", () => {
  const probabilities = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(probabilities, (values) => {
      const found = perplexity(Float32Array.from(values, Math.log));
      const product = values.reduce((left, right) => left * right, 1);
      expect(found).toBeGreaterThanOrEqual(1);
      expect(found / product ** (-1 / values.length)).toBeCloseTo(1, 5);
    }),
  );
});

test("the formula has a name and a version", () => {
  expect(formula).toEqual({ name: "perplexity", version: 1 });
});
