import { findAttention } from "./attentionLayouts.ts";
import type { GraphDraft } from "./graphDraft.ts";
import { indexGraph } from "./graphIndex.ts";

/**
 * Takes the key-value cache away from attention operators that can do without: the inputs that fed it are dead then.
 * A sequence that is scored in one piece has no past. ONNX Runtime also fails on a float16 cache of length 0 whose
 * successor is not an output: it reuses the empty buffer for the longer one.
 */
export function removeCache(draft: GraphDraft): void {
  const index = indexGraph(draft.graph);
  for (const { layout, node } of findAttention(index)) {
    for (const inputIdx of layout.pastInputs) {
      if (index.inputs.has(node.input[inputIdx] ?? "")) node.input[inputIdx] = "";
    }
    // A window of cached keys moves; without a cache the window of the mask (`local_window_size`) is all there is.
    node.attribute = node.attribute.filter((attribute) => attribute.name !== "sliding_window_cache");
  }
}
