import { CodedError } from "../core/problem.ts";
import type { LayerPattern, ReducedAttention, ReducedAttentionRequest } from "../engine/inspectableModel.ts";
import { patternName, reducedAttentionName, tapPort } from "../onnx/attentionTap.ts";
import { decoderFeeds, padBatch } from "./decoderFeeds.ts";
import type { DecoderVariants } from "./decoderVariants.ts";
import { checkTokens } from "./figuresRun.ts";
import { loadOnnxRuntime, runSession } from "./onnxRuntime.ts";

/** A pattern of 32 heads at 4,096 tokens has 2 GB; beyond that ONNX Runtime and the copy for JavaScript fill a laptop. */
const maxPatternBytes = 2 * 1024 * 1024 * 1024;

/** Attention summed over groups of keys inside the graph, `[layer, head, query, group]`. See `InspectableModel`. */
export async function runReducedAttention(
  variants: DecoderVariants,
  request: ReducedAttentionRequest,
): Promise<ReducedAttention> {
  const { tokenIds, queries, groups, nGroups } = request;
  const layers = [...new Set(request.layers ?? variants.layers)].sort((a, b) => a - b);
  checkTokens(variants, tokenIds);
  for (const layerIdx of layers.length === 0 ? [0] : layers) variants.checkLayer(layerIdx);
  const { Tensor } = await loadOnnxRuntime();
  const nTokens = tokenIds.length;
  const feeds = await decoderFeeds(variants.decoder.inputs, padBatch([tokenIds]));
  feeds[tapPort.queryPositions] = new Tensor("int64", BigInt64Array.from(queries, BigInt), [queries.length]);
  feeds[tapPort.roleMask] = new Tensor("float32", groups, [1, 1, nTokens, nGroups]);
  feeds[tapPort.keyMask] = new Tensor("bool", new Uint8Array(nTokens).fill(1), [1, 1, 1, nTokens]);
  const variant = { hiddenRows: false, reducedAttention: layers };
  const outputs = await variants.trunk(variant, ({ session, file }) => runSession(session, feeds, file));
  const parts = layers.map((layerIdx) => outputs[reducedAttentionName(layerIdx)]);
  const nHeads = parts[0]?.dims[1] ?? 0;
  const size = nHeads * queries.length * nGroups;
  const masses = new Float32Array(layers.length * size);
  for (const [idx, part] of parts.entries()) {
    // A tensor of another size is a layer with other heads than the first: their rows cannot stand in one table.
    if (part?.size !== size) throw new CodedError("measure/heads-differ", { layerIdx: layers[idx] ?? 0, nHeads });
    masses.set(part.data as Float32Array, idx * size);
  }
  return { masses, layers, nHeads, nQueries: queries.length, nGroups };
}

/** One layer's whole pattern, `[head, query, key]`. See `InspectableModel`. */
export async function runLayerPattern(
  variants: DecoderVariants,
  tokenIds: Int32Array,
  layerIdx: number,
): Promise<LayerPattern> {
  checkTokens(variants, tokenIds);
  variants.checkLayer(layerIdx);
  const nTokens = tokenIds.length;
  const patternBytes = 4 * (variants.nHeads ?? 1) * nTokens * nTokens;
  if (patternBytes > maxPatternBytes) throw new CodedError("measure/pattern-too-large", { nTokens, patternBytes });
  const feeds = await decoderFeeds(variants.decoder.inputs, padBatch([tokenIds]));
  const variant = { hiddenRows: false, pattern: layerIdx };
  const outputs = await variants.trunk(variant, ({ session, file }) => runSession(session, feeds, file));
  const pattern = outputs[patternName(layerIdx)];
  if (pattern === undefined) throw new Error(`no ${patternName(layerIdx)} among the outputs`);
  return { nHeads: pattern.dims[1] ?? 0, nTokens, values: pattern.data as Float32Array };
}
