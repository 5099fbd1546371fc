import type { KeyBias } from "./attentionLayout.ts";
import { chosenLayers } from "./attentionTap.ts";
import { tokenInput } from "./decoderInputs.ts";
import { elementType } from "./elementType.ts";
import type { GraphDraft } from "./graphDraft.ts";
import { keyBiasPort, steerKeys } from "./steeringBias.ts";

/** Graph input, float32 `[layer, head]`: 1 where a head is steered, 0 where it is left as it is. */
export const headMaskPort = "head_mask";

/** What steers a graph: nothing, a bias per key in all heads of all layers, or the same in the heads that a mask names. */
export interface SteeringInputs {
  readonly kind: "none" | "keys" | "heads";
  readonly nLayers: number;
}

/** Adds the inputs of steering to a draft whose other inputs are those of the file. */
export function addSteering(draft: GraphDraft, { kind, nLayers }: SteeringInputs): void {
  const layers = Array.from({ length: nLayers }, (_, layerIdx) => layerIdx);
  if (kind === "keys") steerKeys(draft, layers);
  if (kind === "heads") steerHeads(draft, layers);
}

/**
 * Adds the inputs of steering with a choice of heads: the bias per key, as `steerKeys` takes it, counts in the heads whose
 * mask is 1. One session serves every choice. The bias has as many entries as the pattern then, once per layer; where all
 * heads are steered alike, `steerKeys` needs one head's.
 */
export function steerHeads(draft: GraphDraft, layers: readonly number[]): void {
  const { index, chosen } = chosenLayers(draft, layers);
  const tokenIds = tokenInput(draft.graph).name;
  const bias = draft.addInput(keyBiasPort, elementType.float32, ["batch", "key"]);
  const mask = draft.addInput(headMaskPort, elementType.float32, ["layer", "head"]);
  const spread = draft.add("key-bias", "Reshape", [bias, draft.ints([0, 1, 1, -1])]);
  for (const { layerIdx, attention } of chosen) {
    const row = draft.add(`head-mask-${layerIdx}`, "Gather", [mask, draft.ints([layerIdx])], { axis: 0 });
    const heads = draft.add(`heads-${layerIdx}`, "Reshape", [row, draft.ints([1, -1, 1, 1])]);
    const masked = draft.add(`head-bias-${layerIdx}`, "Mul", [spread, heads]);
    attention.layout.addKeyBias(draft, index, attention.node, layerBias(draft, tokenIds, masked));
  }
}

function layerBias(draft: GraphDraft, tokenIds: string, masked: string): KeyBias {
  const perKey = (type: number) => draft.add("typed-head-bias", "Cast", [masked], { to: type });
  const perQuery = (type: number) => {
    const shape = draft.add("head-bias-batch", "Shape", [tokenIds]);
    const nQueries = draft.add("head-bias-queries", "Gather", [shape, draft.ints([1])], { axis: 0 });
    const size = draft.add("head-bias-size", "Concat", [draft.ints([1, 1]), nQueries, draft.ints([1])], { axis: 0 });
    return draft.add("head-query-bias", "Expand", [perKey(type), size]);
  };
  return { perKey, perQuery };
}
