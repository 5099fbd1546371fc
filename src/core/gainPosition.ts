import { meanGain } from "./contextGain.ts";
import type { Formula } from "./formula.ts";

export const formula: Formula = { name: "gain position", version: 1 };

/** The opening of a target is its first quarter, rounded up, so that even a one-token target has one. */
const OPENING_SHARE = 0.25;

/** The share of all positive gain that has been gained once token t90 is said. */
const GAINED_SHARE = 0.9;

/**
 * Says where in the target the context gain sits: in its opening, or all along.
 * Defined here, on the implicit redundancy of Goyal et al., Context-Parametric Inversion, 3.3: once the first tokens of
 * the answer are given, the rest may follow from them without the context.
 */
export interface GainPosition {
  /** Mean gain of the first ceil(n/4) tokens, nats per token. */
  readonly openingGain: number;
  /**
   * The token, counted from 1, at which 90 % of the positive gain has been gained; null when no token gains.
   *
   *     t90 = min { t : sum_{i<=t} max(0, contextGain[i]) >= 0.9 * sum_i max(0, contextGain[i]) }
   */
  readonly t90: number | null;
  /** Mean gain of the tokens after t90, nats per token; 0 when no token follows it or there is no t90. */
  readonly gainAfterT90: number;
}

/** Finds the opening gain, t90 and the gain after it. float64 `[targetToken]` in; `openingGain` is NaN for no tokens. */
export function gainPosition(gains: Float64Array): GainPosition {
  const openingGain = meanGain(gains, 0, Math.ceil(gains.length * OPENING_SHARE));
  const t90 = gainedToken(gains);
  const gainAfterT90 = t90 === null || t90 === gains.length ? 0 : meanGain(gains, t90);
  return { openingGain, t90, gainAfterT90 };
}

function gainedToken(gains: Float64Array): number | null {
  let positiveGain = 0;
  for (const gain of gains) positiveGain += Math.max(0, gain);
  // Also leaves when a gain is NaN: such a target has no position to speak of.
  if (!(positiveGain > 0)) return null;
  const border = GAINED_SHARE * positiveGain;
  let gained = 0;
  for (const [t, gain] of gains.entries()) {
    gained += Math.max(0, gain);
    if (gained >= border) return t + 1;
  }
  return gains.length;
}
