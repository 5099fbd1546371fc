import type { Formula } from "./formula.ts";
import { isFlagged } from "./nonContextCritical.ts";
import type { RowMeasures } from "./rowMeasures.ts";
import { isScored } from "./rowMeasures.ts";

export const formula: Formula = { name: "verdict", version: 1 };

/**
 * What a row's context is to its target:
 * - `no-context`: the row has none;
 * - `redundant`: the model can say the target without it (flagged, and the gain is small from the first token on);
 * - `teacher-forced`: it helps at the start of the target, the rest follows from the target itself;
 * - `context-critical`: the target needs it;
 * - `unhelpful`: it does not make the target more likely, or misleads.
 */
export type Verdict = "no-context" | "redundant" | "teacher-forced" | "context-critical" | "unhelpful";

/** All verdicts, in the order in which the rules are tried. */
export const VERDICTS: readonly Verdict[] = [
  "no-context",
  "redundant",
  "teacher-forced",
  "context-critical",
  "unhelpful",
];

/** The borders between verdicts. */
export interface VerdictThresholds {
  /** Highest closed-book perplexity that is flagged; null when no row is. */
  readonly cut: number | null;
  /** A mean gain below this is small, nats per token. */
  readonly smallGain: number;
  /** Gain that is gained by this share of the target sits in its first part. */
  readonly t90Share: number;
}

/** Below 0.1 nats per token the context changes a token's probability by less than about a tenth. */
export const SMALL_GAIN = 0.1;

/** The first part of a target ends in its middle. */
export const T90_SHARE = 0.5;

/**
 * The row's verdict; null when its numbers are not numbers. The first rule that holds decides:
 *
 *     no-context        closedPerplexity is null
 *     redundant         closedPerplexity <= cut, meanGain < smallGain and openingGain < smallGain
 *     teacher-forced    meanGain > 0, t90/n <= t90Share and gainAfterT90 < smallGain
 *     context-critical  meanGain > 0
 *     unhelpful         otherwise
 *
 * Defined here, on the classes of Goyal et al., Context-Parametric Inversion, 3.3 and 4.1. Also defined here: "small from
 * the first target token on" means both over the whole target and over its first quarter, so that a gain at the start
 * that the mean of a long target hides is not taken for none; and a row that is flagged with a gain that is not small is
 * judged by the rules after `redundant`.
 */
export function verdict(measures: RowMeasures, thresholds: VerdictThresholds): Verdict | null {
  const { closedPerplexity, meanGain, openingGain, gainAfterT90, t90, nTargetTokens } = measures;
  if (!isScored(measures)) return null;
  if (closedPerplexity === null || meanGain === null || openingGain === null || gainAfterT90 === null) {
    return "no-context";
  }
  const { cut, smallGain, t90Share } = thresholds;
  if (isFlagged(closedPerplexity, cut) && meanGain < smallGain && openingGain < smallGain) return "redundant";
  if (!(meanGain > 0)) return "unhelpful";
  const gainsEarly = t90 !== null && t90 / nTargetTokens <= t90Share;
  return gainsEarly && gainAfterT90 < smallGain ? "teacher-forced" : "context-critical";
}

/** A number that a rule asks for, and what the rule needs it to be. */
export interface Condition {
  readonly name: "closedPerplexity" | "meanGain" | "openingGain" | "t90Share" | "gainAfterT90";
  /** Null where the row has no such number. */
  readonly value: number | null;
  readonly relation: "<=" | "<" | ">";
  /** Null where nothing is flagged: such a condition does not hold. */
  readonly border: number | null;
  readonly holds: boolean;
}

/** A rule with its conditions; it holds when all of them do, as one without conditions does. */
export interface VerdictRule {
  readonly verdict: Verdict;
  readonly conditions: readonly Condition[];
  readonly holds: boolean;
}

/**
 * The rules of `verdict` as they are tried on a row, with its numbers, up to the one that holds and so decides; none
 * for numbers that are not numbers.
 */
export function verdictRules(measures: RowMeasures, thresholds: VerdictThresholds): VerdictRule[] {
  const { closedPerplexity, meanGain, openingGain, gainAfterT90, t90, nTargetTokens } = measures;
  const { cut, smallGain, t90Share } = thresholds;
  if (!isScored(measures)) return [];
  if (closedPerplexity === null) return [rule("no-context", [])];
  const gains = condition("meanGain", meanGain, ">", 0);
  const rules = [
    rule("redundant", [
      condition("closedPerplexity", closedPerplexity, "<=", cut),
      condition("meanGain", meanGain, "<", smallGain),
      condition("openingGain", openingGain, "<", smallGain),
    ]),
    rule("teacher-forced", [
      gains,
      condition("t90Share", t90 === null ? null : t90 / nTargetTokens, "<=", t90Share),
      condition("gainAfterT90", t90 === null ? null : gainAfterT90, "<", smallGain),
    ]),
    rule("context-critical", [gains]),
    rule("unhelpful", []),
  ];
  return rules.slice(0, rules.findIndex(({ holds }) => holds) + 1);
}

function rule(verdict: Verdict, conditions: readonly Condition[]): VerdictRule {
  return { verdict, conditions, holds: conditions.every(({ holds }) => holds) };
}

function condition(
  name: Condition["name"],
  value: number | null,
  relation: Condition["relation"],
  border: number | null,
): Condition {
  const compare = {
    "<=": (a: number, b: number) => a <= b,
    "<": (a: number, b: number) => a < b,
    ">": (a: number, b: number) => a > b,
  };
  const holds = value !== null && border !== null && compare[relation](value, border);
  return { name, value, relation, border, holds };
}
