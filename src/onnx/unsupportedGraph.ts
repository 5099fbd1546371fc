import { CodedError, type ProblemData } from "../core/problem.ts";

/**
 * Why a model cannot be measured. Each reason is turned into one sentence by the doors:
 * - `no-graph`, `no-logits`, `no-token-input`: not a decoder that takes token ids and gives logits.
 * - `packed-tokens`: all sequences in one row of tokens, with a paged cache (`input`).
 * - `opset`: operators older than version 11 (`opset`, `neededOpset`).
 * - `bfloat16`: the hidden states are bfloat16, which no processor kernel takes.
 * - `branches`: the decoder's nodes stand inside an `If` (`node`).
 * - `last-token-logits`: logits of the last position only.
 * - `head`: the product that makes the logits was not found, or an unknown operator stands behind it (`operator`).
 * - `static-cache`: the key-value cache has a fixed length (`input`).
 * - `input`: an input whose meaning is unknown (`input`).
 * - `value-type`: the element type of a value cannot be told (`value`).
 * - `no-attention`: attention is asked for and no attention operator of a known layout was found.
 * - `attention-form`: a fused attention with an input or attribute that has no pattern here (`node`, `form`).
 * - `layer`: a layer that the model does not have (`layerIdx`, `nLayers`).
 * - `name-taken`: the file already holds instrumentation (`name`).
 */
export type UnsupportedReason =
  | "no-graph"
  | "no-logits"
  | "no-token-input"
  | "packed-tokens"
  | "opset"
  | "bfloat16"
  | "branches"
  | "last-token-logits"
  | "head"
  | "static-cache"
  | "input"
  | "value-type"
  | "no-attention"
  | "attention-form"
  | "layer"
  | "name-taken";

export function unsupportedGraph(reason: UnsupportedReason, data: ProblemData = {}): CodedError {
  return new CodedError("model/unsupported-graph", { reason, ...data });
}
