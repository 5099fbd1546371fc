import type { HeadChoice } from "./lensState.ts";

/** Attention of one token: float32 `[layer, head, key]`, flattened. */
export interface AttentionOfToken {
  readonly nLayers: number;
  readonly nHeads: number;
  readonly nKeys: number;
  readonly values: Float32Array;
}

/**
 * The attention on each key under a choice of heads: one head, or the mean or maximum over the heads of one layer or of
 * all. float32 `[key]`. A maximum over heads does not sum to 1.
 */
export function headPool({ nLayers, nHeads, nKeys, values }: AttentionOfToken, choice: HeadChoice): Float32Array {
  const pooled = new Float32Array(nKeys);
  const layers = choice.layerIdx === null ? Array.from({ length: nLayers }, (_, i) => i) : [choice.layerIdx];
  const heads = typeof choice.head === "number" ? [choice.head] : Array.from({ length: nHeads }, (_, i) => i);
  for (const layerIdx of layers) {
    for (const headIdx of heads) {
      const start = (layerIdx * nHeads + headIdx) * nKeys;
      for (let key = 0; key < nKeys; key++) {
        const value = values[start + key] as number;
        pooled[key] = choice.head === "max" ? Math.max(pooled[key] as number, value) : (pooled[key] as number) + value;
      }
    }
  }
  const nPooled = layers.length * heads.length;
  if (choice.head !== "max" && nPooled > 1)
    for (let key = 0; key < nKeys; key++) pooled[key] = (pooled[key] as number) / nPooled;
  return pooled;
}

/** The same shares without the first token, which often takes most of a head's attention and says nothing. */
export function withoutFirst(shares: Float32Array): Float32Array {
  const kept = shares.slice();
  if (kept.length > 1) kept[0] = 0;
  return kept;
}
