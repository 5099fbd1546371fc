import fc from "fast-check";
import { expect, test } from "vitest";
import {
  formula,
  SMALL_GAIN,
  T90_SHARE,
  VERDICTS,
  type VerdictThresholds,
  verdict,
  verdictRules,
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

test("rules: each condition with its number, up to the rule that decides", () => {
  const measures = measuresOf([4, 0, 0, 0], -2);
  const rules = verdictRules(measures, { cut: 10, smallGain: 0.125, t90Share: 0.5 });
  expect(rules).toEqual([
    {
      verdict: "redundant",
      holds: false,
      conditions: [
        { name: "closedPerplexity", value: Math.exp(2), relation: "<=", border: 10, holds: true },
        { name: "meanGain", value: 1, relation: "<", border: 0.125, holds: false },
        { name: "openingGain", value: 4, relation: "<", border: 0.125, holds: false },
      ],
    },
    {
      verdict: "teacher-forced",
      holds: true,
      conditions: [
        { name: "meanGain", value: 1, relation: ">", border: 0, holds: true },
        { name: "t90Share", value: 0.25, relation: "<=", border: 0.5, holds: true },
        { name: "gainAfterT90", value: 0, relation: "<", border: 0.125, holds: true },
      ],
    },
  ]);
});

test("rules of rows without a context, without a cut, without a number", () => {
  expect(verdictRules(measuresWithoutContext(-1), flagged)).toEqual([
    { verdict: "no-context", conditions: [], holds: true },
  ]);
  const [redundant] = verdictRules(measuresOf([-1, -1]), { ...flagged, cut: null });
  expect(redundant?.conditions[0]).toMatchObject({ name: "closedPerplexity", border: null, holds: false });
  expect(verdictRules(measuresOf([Number.NaN, 1]), flagged)).toEqual([]);
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

test("the last of the rules is the one that gives the verdict, and no rule before it holds", () => {
  fc.assert(
    fc.property(gainLists, fc.boolean(), (eighths, isFlagged) => {
      const measures = measuresOf(eighths.map((eighth) => eighth / 8));
      const thresholds = isFlagged ? flagged : unflagged;
      const rules = verdictRules(measures, thresholds);
      expect(rules.map(({ holds }) => holds)).toEqual(rules.map((_, i) => i === rules.length - 1));
      expect(rules.at(-1)?.verdict).toBe(verdict(measures, thresholds));
    }),
    { numRuns: 2000 },
  );
});

test("all verdicts are listed once, and the formula has a name and a version", () => {
  expect(VERDICTS).toEqual(["no-context", "redundant", "teacher-forced", "context-critical", "unhelpful"]);
  expect(formula).toEqual({ name: "verdict", version: 1 });
});
