import { describe, expect, it } from "vitest";
import { cutLine, logScale, logTicks, zeroBasedScale } from "../../../src/figure/axis.ts";
import { byClass } from "./svgQuery.ts";

describe("scales", () => {
  it("puts equal values in the middle of a logarithmic scale", () => {
    expect(logScale([5, 5], [0, 100])(5)).toBeCloseTo(50);
  });

  it("keeps every value inside its range", () => {
    const scale = logScale([1, 10, 1000], [0, 100]);
    expect(scale(1)).toBeGreaterThan(0);
    expect(scale(1000)).toBeLessThan(100);
  });

  it("always shows zero", () => {
    expect(zeroBasedScale([3, 4], [0, 1]).domain()[0]).toBe(0);
    expect(zeroBasedScale([-3, -4], [0, 1]).domain()[1]).toBe(0);
    expect(zeroBasedScale([], [0, 1]).domain()).toEqual([-1, 1]);
  });

  it("takes a long array of values", () => {
    const many = Array.from({ length: 300_000 }, (_, i) => i + 1);
    expect(logScale(many, [0, 100])(300_000)).toBeLessThan(100);
  });
});

describe("logTicks", () => {
  it.each([
    [[1, 600], 10, [1, 2, 5, 10, 20, 50, 100, 200, 500]],
    [[1, 600], 6, [1, 3, 10, 30, 100, 300]],
    [[1, 600], 3, [1, 10, 100]],
    [[1, 1e30], 4, [1, 1e8, 1e16, 1e24]],
  ])("of %j with room for %d are %j", (values, maxTicks, ticks) => {
    expect(logTicks(logScale(values, [0, 100]), maxTicks)).toEqual(ticks);
  });

  it("are round numbers inside a single decade", () => {
    const ticks = logTicks(logScale([1.31, 1.39], [0, 100]), 8);
    expect(ticks.length).toBeGreaterThan(1);
    for (const tick of ticks) expect(Number(tick.toPrecision(4))).toBe(tick);
  });
});

describe("cutLine", () => {
  const plot = { left: 40, right: 400, top: 0, bottom: 200 };

  it("turns its label to the side that has room", () => {
    const anchor = (x: number) => byClass(cutLine(x, plot, "cut 3.41"), "cr-cut-label")[0]?.attributes["text-anchor"];
    expect([anchor(50), anchor(390)]).toEqual(["start", "end"]);
  });
});
