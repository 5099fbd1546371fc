import type { SegmentedPrompt } from "../engine/languageModel.ts";

/**
 * The words a token stands for in its prompt, which people read more easily than the vocabulary's spelling (`ĠAustria`).
 * Tokens that share the bytes of one character all show that character.
 */
export function promptTokenText(prompt: SegmentedPrompt, tokenIdx: number): string {
  return prompt.text.slice(prompt.tokenOffsets[2 * tokenIdx], prompt.tokenOffsets[2 * tokenIdx + 1]);
}
