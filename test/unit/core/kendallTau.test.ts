import { describe, expect, test } from "vitest";
import { kendallTau } from "../../../src/core/kendallTau.ts";

describe("kendallTau", () => {
  test("is 1 in the same order, -1 in the opposite one", () => {
    expect(kendallTau([1, 2, 3, 4], [10, 20, 30, 40])).toBe(1);
    expect(kendallTau([1, 2, 3, 4], [4, 3, 2, 1])).toBe(-1);
  });

  test("counts pairs: one of three turned round is (2 - 1) / 3", () => {
    expect(kendallTau([1, 2, 3], [1, 3, 2])).toBeCloseTo(1 / 3, 12);
  });

  test("takes ties out of both sides, as in tau-b", () => {
    // Five of six pairs are untied on the left, five on the right; four of them agree in both.
    expect(kendallTau([1, 1, 2, 3], [1, 2, 2, 3])).toBeCloseTo(4 / 5, 12);
  });

  test("is no number for one thing, or where one side is all ties", () => {
    expect(kendallTau([1], [2])).toBeNaN();
    expect(kendallTau([], [])).toBeNaN();
    expect(kendallTau([1, 1, 1], [1, 2, 3])).toBeNaN();
  });
});
