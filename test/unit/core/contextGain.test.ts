import fc from "fast-check";
import { expect, test } from "vitest";
import { contextGain, formula, meanGain } from "../../../src/core/contextGain.ts";
import { perplexity } from "../../../src/core/perplexity.ts";
import { CodedError } from "../../../src/core/problem.ts";

test("is open-book minus closed-book, token by token", () => {
  const gains = contextGain(Float32Array.of(-0.5, -1, -3), Float32Array.of(-2.5, -1, -1));
  expect([...gains]).toEqual([2, 0, -2]);
  expect(meanGain(gains)).toBe(0);
  expect(meanGain(gains, 0, 2)).toBe(1);
  expect(meanGain(gains, 2)).toBe(-2);
});

test("subtracts in float64", () => {
  const open = Math.fround(-0.1);
  const closed = Math.fround(-7.3);
  expect(contextGain(Float32Array.of(open), Float32Array.of(closed))[0]).toBe(open - closed);
});

test("books of different length are a difference of targets, with both counts", () => {
  const act = () => contextGain(new Float32Array(3), new Float32Array(2));
  expect(act).toThrow(CodedError);
  expect(act).toThrow(/row\/target-differs.*"nOpenTokens":3.*"nClosedTokens":2/);
});

test("an empty stretch has no mean", () => {
  expect(meanGain(new Float64Array())).toBeNaN();
  expect(meanGain(Float64Array.of(1), 1)).toBeNaN();
});

const logProbPairs = fc.array(
  fc.tuple(
    fc.float({ min: Math.fround(-15), max: 0, noNaN: true }),
    fc.float({ min: Math.fround(-15), max: 0, noNaN: true }),
  ),
  { minLength: 1, maxLength: 50 },
);

test("the mean gain is the log ratio of the two perplexities", () => {
  fc.assert(
    fc.property(logProbPairs, (pairs) => {
      const open = Float32Array.from(pairs, ([value]) => value);
      const closed = Float32Array.from(pairs, ([, value]) => value);
      expect(meanGain(contextGain(open, closed))).toBeCloseTo(Math.log(perplexity(closed) / perplexity(open)), 9);
    }),
  );
});

test("swapping the books changes the sign", () => {
  fc.assert(
    fc.property(logProbPairs, (pairs) => {
      const open = Float32Array.from(pairs, ([value]) => value);
      const closed = Float32Array.from(pairs, ([, value]) => value);
      const there = contextGain(open, closed);
      const back = contextGain(closed, open);
      expect(there.every((gain, t) => gain === -(back[t] as number) || gain === 0)).toBe(true);
    }),
  );
});

test("the formula has a name and a version", () => {
  expect(formula).toEqual({ name: "context gain", version: 1 });
});
