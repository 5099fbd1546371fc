import { CodedError } from "../core/problem.ts";
import type { Row } from "../core/row.ts";
import type { InspectableModel, LayerPattern, TemplateChoice } from "./inspectableModel.ts";
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

/** Which rendering of a row is looked at. */
interface PromptChoice {
  readonly template: TemplateChoice;
  readonly book: "open" | "closed";
}

/**
 * The attention pattern of one layer over a row's prompt and target.
 * @throws CodedError `model/unsupported-graph` (`no-attention`, `layer`), `measure/pattern-too-large`,
 * `measure/head-out-of-range`, `row/too-long`.
 */
export async function rowPattern(
  row: Row,
  model: InspectableModel,
  options: PromptChoice & { readonly layerIdx: number; readonly heads: HeadSelection },
): Promise<RowPattern> {
  const { layerIdx, heads } = options;
  const prompt = fittingPrompt(row, model, options);
  const pattern = await model.layerPattern(prompt.tokenIds, layerIdx);
  const { nHeads, nTokens } = pattern;
  if (typeof heads === "number" && !(heads >= 0 && heads < nHeads)) {
    throw new CodedError("measure/head-out-of-range", {
      layerIdx,
      headIdx: heads,
      nLayers: model.nAttentionLayers,
      nHeads,
    });
  }
  const values = selectHeads(pattern, heads);
  return { prompt, layerIdx, nHeads, nGiven: heads === "each" ? nHeads : 1, nTokens, values };
}

/**
 * Where one token of a row's prompt or target looks, in every layer and head.
 * @throws CodedError as `rowPattern`, `measure/no-such-token`.
 */
export async function tokenAttention(
  row: Row,
  model: InspectableModel,
  options: PromptChoice & { readonly tokenIdx: number },
): Promise<TokenAttention> {
  const { tokenIdx } = options;
  const prompt = fittingPrompt(row, model, options);
  const nTokens = prompt.tokenIds.length;
  if (!(Number.isInteger(tokenIdx) && tokenIdx >= 0 && tokenIdx < nTokens)) {
    throw new CodedError("measure/no-such-token", { tokenIdx, nTokens });
  }
  // Nothing behind the token is looked at; each key is a group of its own.
  const nKeys = tokenIdx + 1;
  const groups = new Float32Array(nKeys * nKeys);
  for (let key = 0; key < nKeys; key++) groups[key * nKeys + key] = 1;
  const tokenIds = prompt.tokenIds.slice(0, nKeys);
  const request = { tokenIds, queries: [tokenIdx], groups, nGroups: nKeys, layers: null };
  const { masses, layers, nHeads } = await model.reducedAttention(request);
  return { tokenIdx, nLayers: layers.length, nHeads, nKeys, values: masses };
}

function fittingPrompt(row: Row, model: InspectableModel, { template, book }: PromptChoice): SegmentedPrompt {
  const prompt = model.segment(row, book, template);
  const nTokens = prompt.tokenIds.length;
  const { windowTokens } = model.identity;
  if (nTokens > windowTokens) throw new CodedError("row/too-long", { nTokens, windowTokens });
  return prompt;
}

function selectHeads({ values, nHeads, nTokens }: LayerPattern, heads: HeadSelection): Float32Array {
  if (heads === "each") return values;
  const size = nTokens * nTokens;
  if (typeof heads === "number") return values.slice(heads * size, (heads + 1) * size);
  const pooled = values.slice(0, size);
  for (let headIdx = 1; headIdx < nHeads; headIdx++) {
    for (let idx = 0; idx < size; idx++) {
      const value = values[headIdx * size + idx] as number;
      const known = pooled[idx] as number;
      pooled[idx] = heads === "max" ? Math.max(known, value) : known + value;
    }
  }
  return heads === "mean" ? pooled.map((sum) => sum / nHeads) : pooled;
}
