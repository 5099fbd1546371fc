import { expect, test } from "vitest";
import { isScored, rowMeasures } from "../../../src/core/rowMeasures.ts";
import { measuresOf, measuresWithoutContext } from "./measuresFixture.ts";

test("sums up a row with context, hand-computed", () => {
  const measures = rowMeasures({
    open: Float32Array.of(-1, -1, -1, -1, -1, -1, -1, -1),
    closed: Float32Array.of(-5, -3, -1, -1, -1, -1, -1, -3),
    answerOnly: Float32Array.of(-4, -4, -4, -4, -4, -4, -4, -4),
    endOfTurn: { open: -0.25, closed: -9 },
  });
  expect(measures).toEqual({
    nTargetTokens: 8,
    openPerplexity: Math.E,
    closedPerplexity: Math.exp(2),
    meanGain: 1,
    openingGain: 3,
    t90: 8,
    gainAfterT90: 0,
    ifdCherry: 0.25,
    ifdSuperfiltering: Math.exp(-3),
    endOfTurn: { open: -0.25, closed: -9 },
  });
});

test("a row without context has null where the context would be", () => {
  expect(measuresWithoutContext(-2, -2)).toEqual({
    nTargetTokens: 2,
    openPerplexity: Math.exp(2),
    closedPerplexity: null,
    meanGain: null,
    openingGain: null,
    t90: null,
    gainAfterT90: null,
    ifdCherry: null,
    ifdSuperfiltering: null,
    endOfTurn: { open: Number.NaN, closed: Number.NaN },
  });
});

test("the end of turn moves no other figure", () => {
  const row = { open: Float32Array.of(-1), closed: Float32Array.of(-2), answerOnly: null };
  const quiet = rowMeasures({ ...row, endOfTurn: { open: 0, closed: 0 } });
  const loud = rowMeasures({ ...row, endOfTurn: { open: -50, closed: -1 } });
  expect({ ...quiet, endOfTurn: null }).toEqual({ ...loud, endOfTurn: null });
});

test("keeps no reference to the log-probabilities", () => {
  const endOfTurn = { open: -1, closed: -1 };
  const open = Float32Array.of(-1);
  const measures = rowMeasures({ open, closed: null, answerOnly: null, endOfTurn });
  open[0] = -9;
  endOfTurn.open = -9;
  expect(measures.openPerplexity).toBe(Math.E);
  expect(measures.endOfTurn.open).toBe(-1);
});

test("survives a copy between processes", () => {
  const measures = measuresOf([1, 2, 3]);
  expect(structuredClone(measures)).toEqual(measures);
});

test("an empty target or NaN from the model is not scored; infinity is", () => {
  expect(isScored(measuresOf([1]))).toBe(true);
  expect(isScored(measuresOf([]))).toBe(false);
  expect(isScored(measuresOf([1, Number.NaN]))).toBe(false);
  expect(isScored(measuresOf([Number.NEGATIVE_INFINITY, 1]))).toBe(true);
  expect(isScored(measuresWithoutContext(-1))).toBe(true);
  expect(isScored(measuresWithoutContext(Number.NaN))).toBe(false);
});

test("books of different length are refused", () => {
  const endOfTurn = { open: 0, closed: 0 };
  const act = () =>
    rowMeasures({ open: new Float32Array(2), closed: new Float32Array(3), answerOnly: null, endOfTurn });
  expect(act).toThrow(/row\/target-differs/);
});
