import type { JsonObject } from "../../../src/model/jsonFile.ts";
import type { TokenizerSource } from "./tokenizerSources.ts";

// Tokenizers small enough to be read, each with what makes positions hard to find.

interface Added {
  readonly id?: number;
  readonly special?: boolean;
  readonly content: string;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  readonly normalized?: boolean;
  readonly single_word?: boolean;
}

export function tinyTokenizer(
  name: string,
  model: JsonObject,
  stages: JsonObject,
  added: readonly Added[] = [],
  config: JsonObject = {},
): TokenizerSource {
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

/** GPT-2's letter for each byte. */
export const byteLetters: string[] = [];
for (let byte = 0, next = 0x100; byte < 256; byte++) {
  const isPrintable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  byteLetters.push(String.fromCharCode(isPrintable ? byte : next++));
}

/** Bytes and a few merges; the second half of the robot's four bytes is one token. */
export const byteLevelSource = tinyTokenizer(
  "byte level",
  {
    type: "BPE",
    vocab: vocabulary([...byteLetters, "Ġt", "Ġto", "wn", "Ġtown", "ĠA", "¤ĸ", "ÃĹ"]),
    merges: ["Ġ t", "Ġt o", "w n", "Ġto wn", "Ġ A", "¤ ĸ"],
  },
  { pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: true } },
  [{ content: "<s>" }, { content: "</s>" }, { content: "<|im_start|>" }, { content: "<|im_end|>" }],
  { bos_token: "<s>", eos_token: { content: "</s>" } },
);

/** Unigram with the space mark written by the splitting step, as in T5 and its kin; letters it does not know are unknown. */
export const unigramSource = tinyTokenizer(
  "unigram",
  {
    type: "Unigram",
    unk_id: 0,
    vocab: [
      ["<unk>", 0],
      ["▁", -2],
      ["▁the", -1],
      ["re", -1.5],
      ["t", -3],
      ["h", -3],
      ["e", -3],
      ["r", -3],
      [".", -2],
    ],
  },
  { pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true } },
  [{ content: "<s>" }, { id: 0, content: "<unk>" }],
);

/** Words cut at spaces and punctuation, lower case, accents taken off: BERT's way. */
export const wordPieceSource = tinyTokenizer(
  "word piece",
  {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    vocab: vocabulary(["[UNK]", "un", "##known", "##ly", "cafe", ",", "!", "known"]),
  },
  {
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
  },
  [{ content: "[MASK]", lstrip: true }],
);

/** Character pairs with a mark at each word's end, words cut at white space: the first GPT's way. */
export const endOfWordSource = tinyTokenizer(
  "end of word",
  {
    type: "BPE",
    unk_token: "<unk>",
    end_of_word_suffix: "</w>",
    vocab: vocabulary(["<unk>", "l", "o", "w", "o</w>", "w</w>", "lo", "low</w>"]),
    merges: ["l o", "lo w</w>"],
  },
  { pre_tokenizer: { type: "WhitespaceSplit" } },
);

/** A space put in front, compatibility forms folded, white space after a role mark swallowed. */
export const foldingSource = tinyTokenizer(
  "folding",
  { type: "BPE", vocab: vocabulary([...byteLetters, "fi"]), merges: ["f i"] },
  {
    normalizer: {
      type: "Sequence",
      normalizers: [{ type: "Strip", strip_left: false, strip_right: true }, { type: "NFKC" }],
    },
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: true, use_regex: true },
  },
  [
    { content: "<|user|>", rstrip: true },
    { content: "<|mask|>", lstrip: true },
    { content: "Word", normalized: true, special: false },
  ],
);

/** Fuses neighbouring characters that it does not know into one unknown token. */
export const fusingSource = tinyTokenizer(
  "fusing",
  {
    type: "BPE",
    unk_token: "<unk>",
    fuse_unk: true,
    vocab: vocabulary(["<unk>", "a", "b", "▁", "ab"]),
    merges: ["a b"],
  },
  {
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "Prepend", prepend: "▁" },
        { type: "Replace", pattern: { String: " " }, content: "▁" },
      ],
    },
  },
  [{ id: 0, content: "<unk>" }],
);
