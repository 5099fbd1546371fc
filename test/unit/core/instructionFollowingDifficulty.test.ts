import fc from "fast-check";
import { expect, test } from "vitest";
import {
  cherryFormula,
  ifdCherry,
  ifdSuperfiltering,
  superfilteringFormula,
} from "../../../src/core/instructionFollowingDifficulty.ts";
import { perplexity } from "../../../src/core/perplexity.ts";

const open = Float32Array.of(-0.5, -1.5);
const answerOnly = Float32Array.of(-3, -5);

test("Cherry: mean losses 1 and 4 give a quarter", () => {
  expect(ifdCherry(open, answerOnly)).toBe(0.25);
});

test("Superfiltering: perplexities e^1 and e^4 give e^-3", () => {
  expect(ifdSuperfiltering(open, answerOnly)).toBe(Math.exp(-3));
});

test("without answer-only scores there is no IFD", () => {
  expect(ifdCherry(open, null)).toBeNull();
  expect(ifdSuperfiltering(open, null)).toBeNull();
});

test("a first token with nothing before it is left out of both means", () => {
  const withoutStart = Float32Array.of(Number.NaN, -5);
  expect(ifdCherry(open, withoutStart)).toBeCloseTo(1.5 / 5, 12);
  expect(ifdSuperfiltering(open, withoutStart)).toBe(Math.exp(1.5 - 5));
});

test("NaN elsewhere stays NaN", () => {
  expect(ifdCherry(open, Float32Array.of(-5, Number.NaN))).toBeNaN();
  expect(ifdSuperfiltering(open, Float32Array.of(-5, Number.NaN))).toBeNaN();
});

test("extremes: a certain answer gives 0, an answer certain alone gives infinity, both give NaN", () => {
  const certain = Float32Array.of(0, 0);
  expect(ifdCherry(certain, answerOnly)).toBe(0);
  expect(ifdCherry(open, certain)).toBe(Number.POSITIVE_INFINITY);
  expect(ifdCherry(certain, certain)).toBeNaN();
  expect(ifdSuperfiltering(certain, certain)).toBe(1);
});

test("different numbers of tokens are a difference of targets", () => {
  expect(() => ifdCherry(open, Float32Array.of(-1))).toThrow(/row\/target-differs/);
  expect(() => ifdSuperfiltering(open, Float32Array.of(-1))).toThrow(/row\/target-differs/);
});

test("both forms agree on whether the prompt helps, and each equals its definition", () => {
  const loss = fc.float({ min: Math.fround(0.001), max: 12, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(loss, loss), { minLength: 1, maxLength: 30 }), (pairs) => {
      const prompted = Float32Array.from(pairs, ([value]) => -value);
      const alone = Float32Array.from(pairs, ([, value]) => -value);
      const cherry = ifdCherry(prompted, alone) as number;
      const superfiltering = ifdSuperfiltering(prompted, alone) as number;
      expect(cherry / (Math.log(perplexity(prompted)) / Math.log(perplexity(alone)))).toBeCloseTo(1, 6);
      expect(superfiltering / (perplexity(prompted) / perplexity(alone))).toBeCloseTo(1, 9);
      expect(Math.sign(cherry - 1)).toBe(Math.sign(superfiltering - 1));
    }),
  );
});

test("the formulas have names and versions of their own", () => {
  expect(cherryFormula).toEqual({ name: "IFD (Cherry)", version: 1 });
  expect(superfilteringFormula).toEqual({ name: "IFD (Superfiltering)", version: 1 });
});
