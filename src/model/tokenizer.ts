import { dirname } from "node:path";
import { CodedError } from "../core/problem.ts";
import { isJsonObject, type JsonObject, readJsonObject } from "./jsonFile.ts";
import type { ModelConfig } from "./modelConfig.ts";
import { buildTokenizer, type TokenizerParts } from "./tokenizerParts.ts";
import { encodeWithOffsets, type OffsetEncoding } from "./tokenOffsets.ts";
import { readSpelling } from "./tokenSpelling.ts";

/** A tokenizer that knows where each token stands in the text. */
export interface TextTokenizer {
  readonly vocabSize: number;
  /** Named special tokens as templates know them, e.g. `bos_token`. */
  readonly specialTokens: Readonly<Record<string, string>>;
  /**
   * The token every sequence can begin with: the one named bos, otherwise the one that ends a document, which stood
   * between documents in training; null when the model has neither.
   */
  readonly startTokenId: number | null;
  /** Token ids without added special tokens, with exact ranges. @throws CodedError `model/tokenizer-unsupported`. */
  encode(text: string): OffsetEncoding;
  /** A token as the vocabulary writes it; empty for an id it does not have. */
  tokenText(tokenId: number): string;
  /** Tokens as text, special ones left out; a character whose bytes are incomplete is U+FFFD. */
  decode(tokenIds: Int32Array): string;
  /** Whether a token is one of the tokenizer's special ones (role marks, start and end). */
  isSpecial(tokenId: number): boolean;
}

/** Several times the largest tokenizer.json on the hub in 2025 (35 MB); it is parsed as a whole. */
const maxTokenizerBytes = 128 << 20;

const specialTokenFields = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

/**
 * Opens a tokenizer from its file; nothing else is read and nothing is fetched.
 * @throws CodedError `model/tokenizer-missing` {folder}, `model/tokenizer-unsupported` {reason}, `model/file-too-large`, `model/file-invalid`.
 */
export async function openTokenizer(
  tokenizerFile: string,
  tokenizerConfig: JsonObject,
  modelConfig: Pick<ModelConfig, "bosTokenId" | "eosTokenId">,
): Promise<TextTokenizer> {
  const json = readJsonObject(tokenizerFile, maxTokenizerBytes);
  if (!json) throw new CodedError("model/tokenizer-missing", { folder: dirname(tokenizerFile) });
  return createTokenizer(json, tokenizerConfig, modelConfig);
}

/** The same from parsed JSON. @throws CodedError `model/tokenizer-unsupported` {reason}. */
export function createTokenizer(
  json: JsonObject,
  tokenizerConfig: JsonObject,
  modelConfig: Pick<ModelConfig, "bosTokenId" | "eosTokenId">,
): TextTokenizer {
  const parts = buildTokenizer(json, tokenizerConfig);
  const spelling = readSpelling(parts, json.pre_tokenizer);
  const specialTokens = readSpecialTokens(tokenizerConfig);
  const specialIds = new Set(
    [...parts.added_tokens_map.values()].filter((token) => token.special).map((token) => token.id),
  );
  return {
    vocabSize: parts.model.vocab.length,
    specialTokens,
    startTokenId:
      idOf(parts, specialTokens.bos_token) ??
      modelConfig.bosTokenId ??
      idOf(parts, specialTokens.eos_token) ??
      modelConfig.eosTokenId,
    encode: (text) => encodeWithOffsets(parts, spelling, text),
    tokenText: (tokenId) => parts.model.vocab[tokenId] ?? "",
    decode: (tokenIds) => (tokenIds.length === 0 ? "" : parts.decode([...tokenIds], { skip_special_tokens: true })),
    isSpecial: (tokenId) => specialIds.has(tokenId),
  };
}

function idOf(parts: TokenizerParts, token: string | undefined): number | null {
  return token === undefined ? null : (parts.model.tokens_to_ids.get(token) ?? null);
}

/** A special token is written as its text or as an object that holds it. */
function readSpecialTokens(tokenizerConfig: JsonObject): Record<string, string> {
  const tokens: Record<string, string> = {};
  for (const field of specialTokenFields) {
    const value = tokenizerConfig[field];
    const content = isJsonObject(value) ? value.content : value;
    if (typeof content === "string" && content.length > 0) tokens[field] = content;
  }
  return tokens;
}
