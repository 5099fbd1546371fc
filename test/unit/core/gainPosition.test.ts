import fc from "fast-check";
import { expect, test } from "vitest";
import { formula, gainPosition } from "../../../src/core/gainPosition.ts";

test("a gain that sits on the first token", () => {
  expect(gainPosition(Float64Array.of(4, 0, 0, 0))).toEqual({ openingGain: 4, t90: 1, gainAfterT90: 0 });
});

test("a gain that is spread evenly over ten tokens is 90 % gained at the ninth", () => {
  expect(gainPosition(new Float64Array(10).fill(1))).toEqual({ openingGain: 1, t90: 9, gainAfterT90: 1 });
});

test("the opening is the first ceil(n/4) tokens", () => {
  expect(gainPosition(Float64Array.of(1, 3, 5, 7, 9)).openingGain).toBe(2);
  expect(gainPosition(Float64Array.of(1, 3, 5, 7)).openingGain).toBe(1);
  expect(gainPosition(Float64Array.of(6)).openingGain).toBe(6);
});

test("losses do not take back what was gained, but count in the mean after t90", () => {
  expect(gainPosition(Float64Array.of(9, -5, 1, -3))).toEqual({ openingGain: 9, t90: 1, gainAfterT90: -7 / 3 });
});

test("the border of 90 % is inclusive", () => {
  expect(gainPosition(Float64Array.of(9, 1)).t90).toBe(1);
  expect(gainPosition(Float64Array.of(8.9, 1.1)).t90).toBe(2);
});

test("one token: the gain sits on it and nothing follows", () => {
  expect(gainPosition(Float64Array.of(2))).toEqual({ openingGain: 2, t90: 1, gainAfterT90: 0 });
});

test("without a positive gain there is no t90", () => {
  expect(gainPosition(Float64Array.of(0, -1))).toEqual({ openingGain: 0, t90: null, gainAfterT90: 0 });
  expect(gainPosition(new Float64Array()).t90).toBeNull();
  expect(gainPosition(new Float64Array()).openingGain).toBeNaN();
});

test("NaN among the gains gives no t90", () => {
  expect(gainPosition(Float64Array.of(1, Number.NaN)).t90).toBeNull();
});

test("an infinite gain (a token impossible without the context) is where t90 is", () => {
  expect(gainPosition(Float64Array.of(1, Number.POSITIVE_INFINITY, 1)).t90).toBe(2);
});

test("t90 is the first token that reaches the border, checked against slices", () => {
  const gains = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(gains, (values) => {
      const gained = (end: number) => values.slice(0, end).reduce((sum, gain) => sum + Math.max(0, gain), 0);
      const total = gained(values.length);
      const { t90 } = gainPosition(Float64Array.from(values));
      if (total === 0) expect(t90).toBeNull();
      else {
        expect(10 * gained(t90 ?? 0)).toBeGreaterThanOrEqual(9 * total);
        expect(10 * gained((t90 ?? 0) - 1)).toBeLessThan(9 * total);
      }
    }),
  );
});

test("the formula has a name and a version", () => {
  expect(formula).toEqual({ name: "gain position", version: 1 });
});
