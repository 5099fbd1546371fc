import type { SteeringPoint } from "../src/figure/steeringCurve.ts";
import type { ControlQuestion, LensAnswers, LensQuestion } from "../src/protocol/lens.ts";

export type SteeredRow = LensAnswers["row/steer"];

/** How a row is steered, whatever the strength. */
export type SteeringManner = Pick<ControlQuestion, "span" | "keys" | "heads">;

/** What was measured of one manner of steering. */
export interface MeasuredSteering {
  readonly manner: SteeringManner;
  /** By falling alpha. */
  readonly points: readonly SteeringPoint[];
  /** The last that was asked for with an answer in the model's own words; null where only the curve was. */
  readonly last: SteeredRow | null;
}

/** The answers about steering by manner, in the order in which they were first asked for. */
export function measuredSteerings(answers: ReadonlyMap<string, unknown>, nTarget: number): MeasuredSteering[] {
  const byManner = new Map<string, { manner: SteeringManner; points: Map<number, number>; last: SteeredRow | null }>();
  for (const [key, value] of answers) {
    const question = JSON.parse(key) as LensQuestion;
    if (question.method !== "row/steer") continue;
    const { span, keys, heads } = question;
    const steered = value as SteeredRow;
    const manner = { span, keys, heads };
    const known = byManner.get(mannerKey(manner)) ?? { manner, points: new Map(), last: null };
    known.points.set(1, meanLogProb(steered.before.logProbs, nTarget));
    known.points.set(question.alpha, meanLogProb(steered.after.logProbs, nTarget));
    byManner.set(mannerKey(manner), { ...known, last: question.maxNewTokens > 0 ? steered : known.last });
  }
  return [...byManner.values()].map(({ manner, points, last }) => ({
    manner,
    points: [...points].map(([alpha, logProb]) => ({ alpha, meanLogProb: logProb })).sort((a, b) => b.alpha - a.alpha),
    last,
  }));
}

/** Equal for manners that steer alike. */
export function mannerKey({ span, keys, heads }: SteeringManner): string {
  return JSON.stringify([span, keys, heads]);
}

/** Of the target's own tokens: the end-of-turn token behind them is left out. nats per token. */
export function meanLogProb(logProbs: Float32Array, nTarget: number): number {
  return logProbs.subarray(0, nTarget).reduce((sum, value) => sum + value, 0) / nTarget;
}
