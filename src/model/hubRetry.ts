import { isPassing, waitForHub } from "./hubRequest.ts";

/** How stubborn a download is. */
export interface HubPatience {
  /** Attempts in a row that bring nothing before it is given up. */
  readonly nAttempts: number;
  /** Wait before the second attempt; each further one waits twice as long. */
  readonly firstWaitMs: number;
  /** How long a connection may bring no byte before it counts as cut. */
  readonly stallMs: number;
}

/** Waits 1, 2, 4 and 8 seconds: a router that starts again is back, a hub that is down is not waited for. */
export const defaultPatience: HubPatience = { nAttempts: 5, firstWaitMs: 1000, stallMs: 30_000 };

/** The hub may ask for a longer wait than ours, not for an endless one. */
const longestWaitMs = 60_000;

/**
 * Attempts again what failed in a way that may pass. An attempt that `hasAdvanced` starts the count anew, so that a
 * long download over a bad connection comes to its end.
 * @throws the last attempt's error; CodedError `hub/cancelled`.
 */
export async function attemptAgain<Value>(
  attempt: () => Promise<Value>,
  patience: HubPatience,
  signal: AbortSignal,
  hasAdvanced: () => boolean = () => false,
): Promise<Value> {
  for (let nFailures = 0; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (!isPassing(error)) throw error;
      nFailures = hasAdvanced() ? 1 : nFailures + 1;
      if (nFailures >= patience.nAttempts) throw error;
      const askedMs = Number(error.data.retryAfterSeconds ?? 0) * 1000;
      const waitMs = Math.max(patience.firstWaitMs * 2 ** (nFailures - 1), askedMs);
      await waitForHub(Math.min(waitMs, longestWaitMs), signal);
    }
  }
}
