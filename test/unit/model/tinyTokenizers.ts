import type { JsonObject } from "../../../src/model/jsonFile.ts";
import type { TokenizerSource } from "./tokenizerSources.ts";

// Tokenizers small enough to be read, each with what makes positions hard to find.

interface Added {
  readonly content: string;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  readonly normalized?: boolean;
  readonly single_word?: boolean;
}

export function tinyTokenizer(name: string, model: JsonObject, stages: JsonObject, added: readonly Added[] = [], config: JsonObject = {}): TokenizerSource {
  const vocab = model.vocab as JsonObject | readonly unknown[];
  const nWords = Array.isArray(vocab) ? vocab.length : Object.keys(vocab).length;
  const added_tokens = added.map((token, idx) => ({
    ...{ id: nWords + idx, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
    ...token,
  }));
  return { name, tokenizer: { version: "1.0", added_tokens, ...stages, model }, config };
}

function vocabulary(words: readonly string[]): Record<string, number> {
  return Object.fromEntries(words.map((word, idx) => [word, idx]));
}

const byteLetters: string[] = [];
for (let byte = 0, next = 0x100; byte < 256; byte++) {
  const isPrintable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  byteLetters.push(String.fromCharCode(isPrintable ? byte : next++));
}

/** Bytes and a few merges; the second half of the robot's four bytes is one token. */
export const byteLevelSource = tinyTokenizer(
  "byte level",
  { type: "BPE", vocab: vocabulary([...byteLetters, "Ġt", "Ġto", "wn", "Ġtown", "ĠA", "¤ĸ", "ÃĹ"]), merges: ["Ġ t", "Ġt o", "w n", "Ġto wn", "Ġ A", "¤ ĸ"] },
  { pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: true } },
  [{ content: "<s>" }, { content: "</s>" }, { content: "<|im_start|>" }, { content: "<|im_end|>" }],
  { bos_token: "<s>", eos_token: { content: "</s>" } },
);
