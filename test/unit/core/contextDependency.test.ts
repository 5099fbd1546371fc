import fc from "fast-check";
import { expect, test } from "vitest";
import {
  contextDependency,
  DEPENDENCY_THRESHOLD,
  dependencyLayer,
  formula,
  layerDisagreement,
} from "../../../src/core/contextDependency.ts";

test("takes the best head of each token and averages over tokens", () => {
  // Head 0 looks at the user for the first token, head 1 for the second.
  const userMass = Float32Array.of(0.75, 0.125, 0.25, 0.25, 0.5, 0.25);
  expect(contextDependency(userMass, 2)).toBe((0.75 + 0.5 + 0.25) / 3);
});

test("one head is the plain mean, and no response tokens have no score", () => {
  expect(contextDependency(Float32Array.of(0.25, 0.75), 1)).toBe(0.5);
  expect(contextDependency(new Float32Array(), 4)).toBeNaN();
});

test("agrees with the equation over any pattern, whatever the order of the heads", () => {
  const mass = fc.integer({ min: 0, max: 64 }).map((value) => value / 64);
  const patterns = fc
    .integer({ min: 1, max: 6 })
    .chain((nTokens) =>
      fc.array(fc.array(mass, { minLength: nTokens, maxLength: nTokens }), { minLength: 1, maxLength: 5 }),
    );
  fc.assert(
    fc.property(patterns, (heads) => {
      const nTokens = heads[0]?.length ?? 0;
      const columns = Array.from({ length: nTokens }, (_, idx) => Math.max(...heads.map((head) => head[idx] ?? 0)));
      const expected = columns.reduce((sum, value) => sum + value, 0) / nTokens;
      expect(contextDependency(Float32Array.from(heads.flat()), heads.length)).toBe(expected);
      expect(contextDependency(Float32Array.from(heads.toReversed().flat()), heads.length)).toBe(expected);
    }),
  );
});

test("the default layer is the paper's 15 of 22, in proportion, and always exists", () => {
  expect(dependencyLayer(22)).toBe(15);
  expect(dependencyLayer(12)).toBe(8);
  expect(dependencyLayer(32)).toBe(22);
  expect(dependencyLayer(1)).toBe(0);
  for (let nLayers = 1; nLayers < 200; nLayers++) expect(dependencyLayer(nLayers)).toBeLessThan(nLayers);
});

test("two layers disagree by the share of their top tenths that differs", () => {
  const rising = Array.from({ length: 20 }, (_, idx) => idx);
  expect(layerDisagreement(rising, rising)).toBe(0);
  expect(layerDisagreement(rising, rising.toReversed())).toBe(1);
  const half = rising.with(18, -1);
  expect(layerDisagreement(rising, half)).toBe(0.5);
  expect(layerDisagreement(half, rising)).toBe(0.5);
  expect(layerDisagreement([1], [2])).toBe(0);
  expect(layerDisagreement([], [])).toBeNaN();
});

test("the paper's threshold, and the formula has a name and a version", () => {
  expect(DEPENDENCY_THRESHOLD).toBe(0.6);
  expect(formula).toEqual({ name: "context-dependency score", version: 1 });
});
