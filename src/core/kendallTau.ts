import type { Formula } from "./formula.ts";

export const formula: Formula = { name: "Kendall's tau-b", version: 1 };

/**
 * How far two lists of numbers put the same things in the same order: 1 in the same, -1 in the opposite one.
 *
 *     tau = (nConcordant - nDiscordant) / sqrt((nPairs - nTies(a)) * (nPairs - nTies(b)))
 *
 * Lists of the same things in the same order; ties count as in tau-b. No unit, in [-1, 1]; NaN for fewer than two things
 * or where one list holds one value only. Source: Kendall, "The Treatment of Ties in Ranking Problems" (1945).
 */
export function kendallTau(a: readonly number[], b: readonly number[]): number {
  let balance = 0;
  let nUntiedA = 0;
  let nUntiedB = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const orderA = Math.sign((a[i] as number) - (a[j] as number));
      const orderB = Math.sign((b[i] as number) - (b[j] as number));
      balance += orderA * orderB;
      nUntiedA += Math.abs(orderA);
      nUntiedB += Math.abs(orderB);
    }
  }
  return balance / Math.sqrt(nUntiedA * nUntiedB);
}
