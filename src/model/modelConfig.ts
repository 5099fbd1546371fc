import { CodedError } from "../core/problem.ts";
import { isJsonObject, type JsonObject } from "./jsonFile.ts";

/** What a model's configuration says of its shape, as far as it says so. */
export interface ModelConfig {
  /** `model_type`, e.g. "llama"; "unknown" where the file does not say. */
  readonly modelType: string;
  readonly nLayers: number | null;
  readonly nHeads: number | null;
  readonly nKeyValueHeads: number | null;
  /** Longest sequence the model takes, in tokens. */
  readonly windowTokens: number;
  readonly bosTokenId: number | null;
  readonly eosTokenId: number | null;
}

// The same figure has other names in GPT-2, GPT-NeoX, MPT and Falcon configurations.
const layerFields = ["num_hidden_layers", "n_layer", "n_layers", "num_layers"];
const headFields = ["num_attention_heads", "n_head", "n_heads"];
const windowFields = ["max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "max_sequence_length"];

/** Tokenizers without a limit write 1e30; nothing above this is a window. */
const maxPlausibleWindow = 1e9;

function firstCount(config: JsonObject, fields: readonly string[]): number | null {
  for (const field of fields) {
    const value = config[field];
    if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
  }
  return null;
}

function tokenId(value: unknown): number | null {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === "number" && Number.isInteger(first) && first >= 0 ? first : null;
}

/**
 * Reads a model's shape out of `config.json`; the window is the smaller of the model's and the tokenizer's.
 * @throws CodedError `model/config-incomplete` {field} when the window is nowhere to be found.
 */
export function readModelConfig(config: JsonObject, tokenizerConfig: JsonObject): ModelConfig {
  // Models that also see pictures keep the language model's shape one level down.
  const text = isJsonObject(config.text_config) ? { ...config, ...config.text_config } : config;
  const windows = [firstCount(text, windowFields), firstCount(tokenizerConfig, ["model_max_length"])].filter(
    (window) => window !== null && window < maxPlausibleWindow,
  ) as number[];
  if (windows.length === 0) throw new CodedError("model/config-incomplete", { field: "max_position_embeddings" });
  return {
    modelType: typeof text.model_type === "string" ? text.model_type : "unknown",
    nLayers: firstCount(text, layerFields),
    nHeads: firstCount(text, headFields),
    nKeyValueHeads: firstCount(text, ["num_key_value_heads"]),
    windowTokens: Math.min(...windows),
    bosTokenId: tokenId(text.bos_token_id),
    eosTokenId: tokenId(text.eos_token_id),
  };
}
