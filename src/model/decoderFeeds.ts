import type { Tensor } from "onnxruntime-node";
import type { DecoderInputs } from "../onnx/decoderInputs.ts";
import { elementType, elementTypeName } from "../onnx/elementType.ts";
import { loadOnnxRuntime } from "./onnxRuntime.ts";

/** float16's 1. */
const oneFloat16 = 0x3c00;

/** A batch of token sequences, padded behind their ends to one length. */
export interface PaddedBatch {
  readonly nSequences: number;
  readonly nTokens: number;
  readonly tokenIds: readonly Int32Array[];
}

export function padBatch(tokenIds: readonly Int32Array[]): PaddedBatch {
  return { nSequences: tokenIds.length, nTokens: Math.max(...tokenIds.map((ids) => ids.length)), tokenIds };
}

/**
 * What a decoder is fed for a batch: ids (0 where padding is), mask, positions, and a cache of length 0 in the shape and
 * type that the graph declares. With padding on the right, causal attention never looks at it from a token.
 */
export async function decoderFeeds(inputs: DecoderInputs, batch: PaddedBatch): Promise<Record<string, Tensor>> {
  const { Tensor } = await loadOnnxRuntime();
  const dims = [batch.nSequences, batch.nTokens];
  const make = (type: number, values: Int32Array) =>
    new Tensor(elementTypeName(type) as "int64", numbers(type, values) as BigInt64Array, dims);
  const feeds: Record<string, Tensor> = {};
  const grid = (value: (ids: Int32Array, tokenIdx: number) => number) => {
    const values = new Int32Array(batch.nSequences * batch.nTokens);
    batch.tokenIds.forEach((ids, sequenceIdx) => {
      for (let tokenIdx = 0; tokenIdx < batch.nTokens; tokenIdx++) {
        values[sequenceIdx * batch.nTokens + tokenIdx] = value(ids, tokenIdx);
      }
    });
    return values;
  };
  const { tokenIds, attentionMask, positionIds, cacheSwitch, past } = inputs;
  feeds[tokenIds.name] = make(
    tokenIds.type,
    grid((ids, tokenIdx) => ids[tokenIdx] ?? 0),
  );
  if (attentionMask !== null) {
    feeds[attentionMask.name] = make(
      attentionMask.type,
      grid((ids, tokenIdx) => (tokenIdx < ids.length ? 1 : 0)),
    );
  }
  if (positionIds !== null)
    feeds[positionIds.name] = make(
      positionIds.type,
      grid((_ids, tokenIdx) => tokenIdx),
    );
  if (cacheSwitch !== null) feeds[cacheSwitch.name] = new Tensor("bool", Uint8Array.of(0), [1]);
  for (const cache of past) {
    const cacheDims = cache.dims.map((dim) => (dim === "batch" ? batch.nSequences : dim));
    const none = numbers(cache.type, new Int32Array(0));
    feeds[cache.name] = new Tensor(elementTypeName(cache.type) as "float32", none as Float32Array, cacheDims);
  }
  return feeds;
}

/** Small whole numbers as the array that a tensor of this type takes. */
function numbers(
  type: number,
  values: Int32Array,
): BigInt64Array | Int32Array | Uint8Array | Uint16Array | Float32Array {
  if (type === elementType.int64) return BigInt64Array.from(values, BigInt);
  if (type === elementType.bool) return Uint8Array.from(values);
  if (type === elementType.float16) return Uint16Array.from(values, (value) => (value === 0 ? 0 : oneFloat16));
  return type === elementType.float32 ? Float32Array.from(values) : values;
}
