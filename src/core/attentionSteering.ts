import type { Formula } from "./formula.ts";
import { CodedError } from "./problem.ts";
import type { Span } from "./span.ts";

export const formula: Formula = { name: "attention steering", version: 1 };

/** Below this the published scores collapse; the interface says so. */
export const LOWEST_USEFUL_ALPHA = 0.9;

/** Which keys outside the emphasised words are weakened: all of them, or those of the prompt only. */
export type SteeredKeys = "all" | "prompt";

/**
 * What to add to the scores of each key before the softmax, so that the words in `emphasised` get more attention.
 *
 *     Att'(x, y) = Att(x, y)/Z if y in U, alpha * Att(x, y)/Z otherwise   is   score'(x, y) = score(x, y) + bias[y]
 *     bias[y] = 0 if y in U, log(alpha) otherwise
 *
 * float32 `[key]`, nats; alpha in (0, 1]. With alpha = 1 every entry is 0 and the pattern is bit-identical. Generated
 * tokens are keys outside U and weakened too; `keys = "prompt"` leaves every key from `nPromptTokens` on as it is, which
 * is what the published code does. Source: Wang et al., arXiv 2411.02688, Eq. 1.
 * @param emphasised the spans of U, in tokens.
 * @throws CodedError `measure/alpha-out-of-range`.
 */
export function steeringBias(
  nTokens: number,
  emphasised: readonly Span[],
  alpha: number,
  keys: SteeredKeys = "all",
  nPromptTokens = nTokens,
): Float32Array {
  if (!(alpha > 0 && alpha <= 1)) throw new CodedError("measure/alpha-out-of-range", { alpha });
  const bias = new Float32Array(nTokens);
  bias.fill(Math.log(alpha), 0, keys === "prompt" ? nPromptTokens : nTokens);
  for (const { start, end } of emphasised) bias.fill(0, start, end);
  return bias;
}
