import fc from "fast-check";
import { expect, test } from "vitest";
import { conflictAccuracy, contextPreference, formula } from "../../../src/core/knowledgeConflict.ts";

const item = (output: string) => ({
  output,
  contextualAnswers: ["Chiang Mai"],
  parametricAnswers: ["Bangkok", "Krung Thep"],
});

test("counts each kind of output apart", () => {
  const outputs = ["It is Chiang Mai.", "Krung Thep", "Not Bangkok but Chiang Mai", "I do not know", "chiang mai"];
  expect(conflictAccuracy(outputs.map(item))).toEqual({
    nItems: 5,
    nContextualOnly: 2,
    nParametricOnly: 1,
    nBoth: 1,
    nNeither: 1,
    counterfactualAccuracy: 0.6,
    parametricAccuracy: 0.4,
  });
});

test("no items have no accuracy", () => {
  const accuracy = conflictAccuracy([]);
  expect(accuracy.nItems).toBe(0);
  expect(accuracy.counterfactualAccuracy).toBeNaN();
  expect(accuracy.parametricAccuracy).toBeNaN();
});

test("the four counts add up and agree with the accuracies", () => {
  const outputs = fc.array(fc.constantFrom("Chiang Mai", "Bangkok", "Bangkok, Chiang Mai", "Paris"), { minLength: 1 });
  fc.assert(
    fc.property(outputs, (texts) => {
      const found = conflictAccuracy(texts.map(item));
      expect(found.nContextualOnly + found.nParametricOnly + found.nBoth + found.nNeither).toBe(texts.length);
      expect(found.counterfactualAccuracy).toBe((found.nContextualOnly + found.nBoth) / texts.length);
      expect(found.parametricAccuracy).toBe((found.nParametricOnly + found.nBoth) / texts.length);
    }),
  );
});

test("the preference is the share of the contextual answer's probability", () => {
  expect(contextPreference(Math.log(0.3), Math.log(0.1))).toBeCloseTo(0.75, 12);
  expect(contextPreference(-3, -3)).toBe(0.5);
});

test("answers far below the smallest float64 probability are still compared", () => {
  expect(contextPreference(-2000, -2001)).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
  expect(contextPreference(-2000, -4000)).toBe(1);
  expect(contextPreference(-4000, -2000)).toBe(0);
});

test("an impossible answer is never preferred; two impossible ones cannot be compared", () => {
  expect(contextPreference(Number.NEGATIVE_INFINITY, -5)).toBe(0);
  expect(contextPreference(-5, Number.NEGATIVE_INFINITY)).toBe(1);
  expect(contextPreference(Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY)).toBeNaN();
});

test("the two preferences sum to 1", () => {
  const logProb = fc.double({ min: -50, max: 0, noNaN: true });
  fc.assert(
    fc.property(logProb, logProb, (a, b) => {
      expect(contextPreference(a, b) + contextPreference(b, a)).toBeCloseTo(1, 12);
    }),
  );
});

test("the formula has a name and a version", () => {
  expect(formula).toEqual({ name: "knowledge conflict", version: 1 });
});
