import type { Tensor } from "onnxruntime-node";
import type { DecoderInput, DecoderInputs } from "../onnx/decoderInputs.ts";
import { elementType } from "../onnx/elementType.ts";
import { loadOnnxRuntime } from "./onnxRuntime.ts";

const noIds = new Int32Array(0);

type Runtime = Awaited<ReturnType<typeof loadOnnxRuntime>>;

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
  const runtime = await loadOnnxRuntime();
  const { nSequences, nTokens } = batch;
  const feeds: Record<string, Tensor> = {};
  const feedGrid = (input: DecoderInput | null, value: (ids: Int32Array, tokenIdx: number) => number) => {
    if (input === null) return;
    const values = Int32Array.from({ length: nSequences * nTokens }, (_, idx) =>
      value(batch.tokenIds[Math.floor(idx / nTokens)] ?? noIds, idx % nTokens),
    );
    feeds[input.name] = numberTensor(runtime, input.type, values, [nSequences, nTokens]);
  };
  const { tokenIds, attentionMask, positionIds, cacheSwitch, past } = inputs;
  feedGrid(tokenIds, (ids, tokenIdx) => ids[tokenIdx] ?? 0);
  feedGrid(attentionMask, (ids, tokenIdx) => (tokenIdx < ids.length ? 1 : 0));
  feedGrid(positionIds, (_ids, tokenIdx) => tokenIdx);
  if (cacheSwitch !== null) feeds[cacheSwitch.name] = new runtime.Tensor("bool", Uint8Array.of(0), [1]);
  for (const cache of past) {
    const cacheDims = cache.dims.map((dim) => (dim === "batch" ? nSequences : dim));
    const zeros = new Int32Array(cacheDims.reduce((product, dim) => product * dim, 1));
    feeds[cache.name] = numberTensor(runtime, cache.type, zeros, cacheDims);
  }
  return feeds;
}

/** Small whole numbers as a tensor; half-precision inputs of the file are float32 in an instrumented graph. */
export function numberTensor(runtime: Runtime, type: number, values: Int32Array, dims: readonly number[]): Tensor {
  if (type === elementType.int64) return new runtime.Tensor("int64", BigInt64Array.from(values, BigInt), dims);
  if (type === elementType.int32) return new runtime.Tensor("int32", values, dims);
  if (type === elementType.bool) return new runtime.Tensor("bool", Uint8Array.from(values), dims);
  return new runtime.Tensor("float32", Float32Array.from(values), dims);
}
