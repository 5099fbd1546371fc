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

/** A number that takes part in a verdict, and how far it is from where the verdict could change. */
export interface Margin {
  readonly name: "closedPerplexity" | "meanGain" | "openingGain" | "t90Share" | "gainAfterT90";
  readonly value: number;
  readonly border: number;
  /** value - border: negative below the border. */
  readonly distance: number;
}

/**
 * The numbers that decide a row's verdict with their distance from each border; none for a row without context.
 * The mean gain has two borders: small, and none. Without a cut (no row is flagged) the perplexity has no border.
 */
export function verdictMargins(measures: RowMeasures, thresholds: VerdictThresholds): Margin[] {
  const { closedPerplexity, meanGain, openingGain, gainAfterT90, t90, nTargetTokens } = measures;
  const { cut, smallGain, t90Share } = thresholds;
  const candidates: [Margin["name"], number | null, number | null][] = [
    ["closedPerplexity", closedPerplexity, cut],
    ["meanGain", meanGain, smallGain],
    ["meanGain", meanGain, 0],
    ["openingGain", openingGain, smallGain],
    ["t90Share", t90 === null ? null : t90 / nTargetTokens, t90Share],
    ["gainAfterT90", t90 === null ? null : gainAfterT90, smallGain],
  ];
  return candidates.flatMap(([name, value, border]) =>
    value === null || border === null ? [] : [{ name, value, border, distance: value - border }],
  );
}
