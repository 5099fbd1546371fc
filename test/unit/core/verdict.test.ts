import fc from "fast-check";
import { expect, test } from "vitest";
import {
  formula,
  SMALL_GAIN,
  T90_SHARE,
  VERDICTS,
  type VerdictThresholds,
  verdict,
  verdictMargins,
} from "../../../src/core/verdict.ts";
import { measuresOf, measuresWithoutContext } from "./measuresFixture.ts";

const unflagged: VerdictThresholds = { cut: 1, smallGain: SMALL_GAIN, t90Share: T90_SHARE };
/** Every row of closedLogProb >= -16 is flagged. */
const flagged: VerdictThresholds = { ...unflagged, cut: Math.exp(16) };

test("no context: nothing else is asked", () => {
  expect(verdict(measuresWithoutContext(-1, -2), flagged)).toBe("no-context");
});

test("redundant: flagged and hardly any gain", () => {
  expect(verdict(measuresOf([0.0625, 0, 0, 0.0625]), flagged)).toBe("redundant");
  expect(verdict(measuresOf([0, 0, 0, 0]), flagged)).toBe("redundant");
});

test("a flagged row that the context misleads is redundant too: the model does without", () => {
  expect(verdict(measuresOf([-1, -1, -1, -1]), flagged)).toBe("redundant");
});

test("not flagged: the same small gain needs its context", () => {
  expect(verdict(measuresOf([0.0625, 0.0625, 0.0625, 0.0625]), unflagged)).toBe("context-critical");
});

test("flagged with a large gain is not redundant", () => {
  expect(verdict(measuresOf([1, 1, 1, 1]), flagged)).toBe("context-critical");
});

test("a gain of the opening that a long target's mean hides is not small", () => {
  const gains = [0.5, 0.5, ...new Array<number>(38).fill(0)];
  const measures = measuresOf(gains);
  expect(measures.meanGain).toBeLessThan(SMALL_GAIN);
  expect(measures.openingGain).toBe(0.1);
  expect(verdict(measures, flagged)).toBe("teacher-forced");
});

test("teacher-forced: the gain is in the first half and little follows", () => {
  expect(verdict(measuresOf([4, 0, 0, 0]), unflagged)).toBe("teacher-forced");
  expect(verdict(measuresOf([2, 2, 0, 0]), unflagged)).toBe("teacher-forced");
});

test("the half is inclusive: t90/n = 0.5 is early, more is late", () => {
  expect(verdict(measuresOf([1, 1, 0, 0]), unflagged)).toBe("teacher-forced");
  expect(verdict(measuresOf([1, 1, 1, 0, 0]), unflagged)).toBe("context-critical");
});

test("an early gain with more than a small gain after it stays context-critical", () => {
  expect(verdict(measuresOf([20, 1, 0.5, 0.25]), unflagged)).toBe("context-critical");
});

test("context-critical: gain all along", () => {
  expect(verdict(measuresOf([1, 1, 1, 1]), unflagged)).toBe("context-critical");
});

test("unhelpful: no gain on the whole, also when the first token gains", () => {
  expect(verdict(measuresOf([-1, -1]), unflagged)).toBe("unhelpful");
  expect(verdict(measuresOf([0, 0]), unflagged)).toBe("unhelpful");
  expect(verdict(measuresOf([1, -1, -1, -1]), unflagged)).toBe("unhelpful");
});

test("one token: never teacher-forced, for nothing is forced after it", () => {
  expect(verdict(measuresOf([2]), unflagged)).toBe("context-critical");
  expect(verdict(measuresOf([2]), flagged)).toBe("context-critical");
  expect(verdict(measuresOf([-2]), unflagged)).toBe("unhelpful");
  expect(verdict(measuresOf([0.0625]), flagged)).toBe("redundant");
});

test("numbers that are not numbers get no verdict", () => {
  expect(verdict(measuresOf([]), flagged)).toBeNull();
  expect(verdict(measuresOf([Number.NaN, 1]), flagged)).toBeNull();
  expect(verdict(measuresWithoutContext(Number.NaN), flagged)).toBeNull();
});

test("a token that is impossible without the context makes the row critical", () => {
  const open = Float32Array.of(-1, -1);
  const measures = { ...measuresOf([1, 1]), closedPerplexity: Number.POSITIVE_INFINITY, meanGain: Infinity, t90: 2 };
  expect(open.length).toBe(measures.nTargetTokens);
  expect(verdict(measures, unflagged)).toBe("context-critical");
});

test("margins: each number with its border and the signed distance", () => {
  const measures = measuresOf([4, 0, 0, 0], -2);
  expect(verdictMargins(measures, { cut: 10, smallGain: 0.125, t90Share: 0.5 })).toEqual([
    { name: "closedPerplexity", value: Math.exp(2), border: 10, distance: Math.exp(2) - 10 },
    { name: "meanGain", value: 1, border: 0.125, distance: 0.875 },
    { name: "meanGain", value: 1, border: 0, distance: 1 },
    { name: "openingGain", value: 4, border: 0.125, distance: 3.875 },
    { name: "t90Share", value: 0.25, border: 0.5, distance: -0.25 },
    { name: "gainAfterT90", value: 0, border: 0.125, distance: -0.125 },
  ]);
});

test("margins leave out what the row does not have", () => {
  expect(verdictMargins(measuresWithoutContext(-1), flagged)).toEqual([]);
  const names = verdictMargins(measuresOf([-1, -1]), { ...flagged, cut: null }).map(({ name }) => name);
  expect(names).toEqual(["meanGain", "meanGain", "openingGain"]);
});

const gainLists = fc.array(fc.integer({ min: -12, max: 12 }), { minLength: 1, maxLength: 24 });

/** The rules of the verdict once more, written from the table of the specification and from log-probabilities only. */
function naiveVerdict(gains: readonly number[], isFlagged: boolean): string {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const positive = gains.map((gain) => Math.max(0, gain));
  const total = positive.reduce((sum, gain) => sum + gain, 0);
  let t90 = 0;
  while (positive.slice(0, t90).reduce((sum, gain) => sum + gain, 0) < 0.9 * total) t90++;
  const rest = gains.slice(t90);
  if (isFlagged && mean(gains) < 0.1 && mean(gains.slice(0, Math.ceil(gains.length / 4))) < 0.1) return "redundant";
  if (mean(gains) <= 0) return "unhelpful";
  return t90 / gains.length <= 0.5 && (rest.length === 0 || mean(rest) < 0.1) ? "teacher-forced" : "context-critical";
}

test("agrees with the table read naively, over eighths of a nat", () => {
  fc.assert(
    fc.property(gainLists, fc.boolean(), (eighths, isFlagged) => {
      const gains = eighths.map((eighth) => eighth / 8);
      expect(verdict(measuresOf(gains), isFlagged ? flagged : unflagged)).toBe(naiveVerdict(gains, isFlagged));
    }),
    { numRuns: 2000 },
  );
});

test("the verdict can only change where a margin changes its sign", () => {
  fc.assert(
    fc.property(gainLists, gainLists, (a, b) => {
      const left = measuresOf(a.map((gain) => gain / 8));
      const right = measuresOf(b.map((gain) => gain / 8));
      const sides = (measures: typeof left) =>
        verdictMargins(measures, unflagged).map(({ name, border, distance }) => [name, border, Math.sign(distance)]);
      if (JSON.stringify(sides(left)) === JSON.stringify(sides(right))) {
        expect(verdict(left, unflagged)).toBe(verdict(right, unflagged));
      }
    }),
  );
});

test("all verdicts are listed once, and the formula has a name and a version", () => {
  expect(VERDICTS).toEqual(["no-context", "redundant", "teacher-forced", "context-critical", "unhelpful"]);
  expect(formula).toEqual({ name: "verdict", version: 1 });
});
