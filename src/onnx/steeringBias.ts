import type { KeyBias } from "./attentionLayout.ts";
import { chosenLayers } from "./attentionTap.ts";
import { tokenInput } from "./decoderInputs.ts";
import { elementType } from "./elementType.ts";
import type { GraphDraft } from "./graphDraft.ts";

/** Graph input, float32 `[batch, key]`: added to every query's score of the key; log(alpha) outside the steered span, 0 inside. */
export const keyBiasPort = "key_bias";

/**
 * Adds an input whose values are added to the pre-softmax scores of the chosen layers, all heads alike. A bias of
 * log(alpha) for every key outside a span U is exactly
 *
 *     Att'(x, y) = Att(x, y)/Z if y in U, alpha * Att(x, y)/Z otherwise
 *
 * Source: Wang et al., On the Loss of Context-awareness in General Instruction Fine-tuning (arXiv 2411.02688), Eq. 1.
 */
export function steerKeys(draft: GraphDraft, layers: readonly number[]): void {
  const { index, chosen } = chosenLayers(draft, layers);
  const input = draft.addInput(keyBiasPort, elementType.float32, ["batch", "key"]);
  const bias = keyBias(draft, draft.add("key-bias", "Reshape", [input, draft.ints([0, 1, 1, -1])]));
  for (const { attention } of chosen) {
    attention.layout.addKeyBias(draft, index, attention.node, bias);
  }
}

/** Builds each form of a bias once, whatever the number of layers that share it. `spread` is four-dimensional, float32. */
function keyBias(draft: GraphDraft, spread: string): KeyBias {
  const made = new Map<string, string>();
  const once = (form: string, type: number, make: () => string) => {
    const key = `${form}/${type}`;
    const known = made.get(key) ?? make();
    made.set(key, known);
    return known;
  };
  const perKey = (type: number) =>
    once("per-key", type, () => draft.add("typed-key-bias", "Cast", [spread], { to: type }));
  const perQuery = (type: number) =>
    once("per-query", type, () => {
      const shape = draft.add("batch-shape", "Shape", [tokenInput(draft.graph).name]);
      const nQueries = draft.add("query-count", "Gather", [shape, draft.ints([1])], { axis: 0 });
      const size = draft.add("bias-shape", "Concat", [draft.ints([1, 1]), nQueries, draft.ints([1])], { axis: 0 });
      return draft.add("query-bias", "Expand", [perKey(type), size]);
    });
  return { perKey, perQuery };
}
