import type { SegmentedPrompt } from "./languageModel.ts";

/** Which heads of a layer to give: each by itself, one of them, or all as their mean or maximum. */
export type HeadSelection = "each" | "mean" | "max" | number;

/** The whole attention pattern of one layer on a row's prompt and target. */
export interface RowPattern {
  readonly prompt: SegmentedPrompt;
  readonly layerIdx: number;
  /** Heads the layer has. */
  readonly nHeads: number;
  /** Heads in `values`: `nHeads`, or 1 where one was chosen or they were pooled. */
  readonly nGiven: number;
  readonly nTokens: number;
  /** float32 `[given head, query, key]`, flattened. */
  readonly values: Float32Array;
}

/** Where one token of a prompt looks, in every layer and head. */
export interface TokenAttention {
  /** The position that looks. */
  readonly tokenIdx: number;
  readonly nLayers: number;
  readonly nHeads: number;
  /** Keys: the tokens up to and including `tokenIdx`. */
  readonly nKeys: number;
  /** float32 `[layer, head, key]`, flattened; sums to 1 over keys. */
  readonly values: Float32Array;
}
