import { Tokenizer } from "@huggingface/tokenizers";
import { CodedError } from "../core/problem.ts";
import type { JsonObject } from "./jsonFile.ts";

/** A token the tokenizer cuts out of the text before anything else. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly single_word: boolean;
}

/** One change of the text before it is split; `type` names it as in tokenizer.json. */
export interface NormalizerStep {
  readonly config: JsonObject;
  readonly normalizers?: readonly (NormalizerStep | null)[];
  readonly pattern?: RegExp | null;
  normalize(text: string): string;
}

/** The vocabulary and the rule that cuts a word into its tokens. */
export interface TokenizerModel {
  (words: readonly string[]): string[];
  readonly config: JsonObject;
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  readonly vocab: readonly (string | undefined)[];
  readonly unk_token_id: number | undefined;
  readonly unk_token: string | undefined;
  readonly fuse_unk: boolean;
  readonly byte_fallback?: boolean;
}

/**
 * The stages of a tokenizer of `@huggingface/tokenizers`, the library beneath transformers.js. Its `encode` gives no
 * positions; running its own stages one by one does (see `tokenOffsets.ts`), and tests hold both to the same ids.
 */
export interface TokenizerParts {
  readonly normalizer: NormalizerStep | null;
  readonly pre_tokenizer: ((text: string, options: { section_index: number }) => string[]) | null;
  readonly model: TokenizerModel;
  readonly splitter_unnormalized: { split(text: string): string[] };
  readonly splitter_normalized: { split(text: string): string[] };
  readonly added_tokens_map: ReadonlyMap<string, AddedToken>;
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[]; tokens: string[] };
  decode(tokenIds: readonly number[], options: { skip_special_tokens: boolean }): string;
}

/**
 * Builds the stages from `tokenizer.json` and `tokenizer_config.json`.
 * @throws CodedError `model/tokenizer-unsupported` {reason}.
 */
export function buildTokenizer(tokenizer: JsonObject, config: JsonObject): TokenizerParts {
  if (config.remove_space === true || config.do_lowercase_and_remove_accent === true) {
    throw new CodedError("model/tokenizer-unsupported", { reason: "it folds spaces or case before it reads the text" });
  }
  try {
    const complete = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, ...tokenizer };
    const parts = new Tokenizer({ ...complete, added_tokens: tokenizer.added_tokens ?? [] }, config);
    return parts as unknown as TokenizerParts;
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).slice(0, 200);
    throw new CodedError("model/tokenizer-unsupported", { reason }, { cause: error });
  }
}

/** All steps of a pre-tokenizer, nested sequences opened, as tokenizer.json writes them. */
export function preTokenizerSteps(config: unknown): JsonObject[] {
  if (typeof config !== "object" || config === null) return [];
  const { type, pretokenizers } = config as JsonObject;
  return type === "Sequence" && Array.isArray(pretokenizers)
    ? pretokenizers.flatMap((step) => preTokenizerSteps(step))
    : [config as JsonObject];
}
