import { describe, expect, test } from "vitest";
import { dependencySpread } from "../../../src/core/dependencySpread.ts";

describe("dependencySpread", () => {
  test("counts what is above the threshold, not what is at it", () => {
    expect(dependencySpread([0.6, 0.61, 0.2], 0.6)).toMatchObject({ nTurns: 3, nAbove: 1 });
  });

  test("interpolates the quartiles between neighbours in ascending order", () => {
    const { quartiles } = dependencySpread([0.4, 0.1, 0.2, 0.3], 0.6);
    for (const [idx, expected] of [0.1, 0.175, 0.25, 0.325, 0.4].entries())
      expect(quartiles?.[idx]).toBeCloseTo(expected, 12);
    expect(dependencySpread([0.5], 0.6).quartiles).toEqual([0.5, 0.5, 0.5, 0.5, 0.5]);
  });

  test("leaves out turns without a score", () => {
    expect(dependencySpread([null, undefined, Number.NaN, 0.7], 0.6)).toMatchObject({ nTurns: 1, nAbove: 1 });
    expect(dependencySpread([null], 0.6)).toEqual({ nTurns: 0, nAbove: 0, quartiles: null });
  });
});
