import { cacheSwitchName } from "./cacheBranch.ts";
import { elementType, isFloatType } from "./elementType.ts";
import { declaredShape, declaredType, type GraphIndex, indexGraph } from "./graphIndex.ts";
import { headWidth } from "./headWidth.ts";
import type { GraphProto, ValueInfoProto } from "./proto/onnx_pb.ts";
import { unsupportedGraph } from "./unsupportedGraph.ts";

/** A graph input as it must be fed. */
export interface DecoderInput {
  readonly name: string;
  readonly type: number;
}

/**
 * A cache input that is fed empty, or a state input that is fed zeros. `dims` holds "batch" where the number of
 * sequences goes; the past length is 0.
 */
export interface PastInput extends DecoderInput {
  readonly dims: readonly (number | "batch")[];
}

/** The inputs of a decoder by their meaning. */
export interface DecoderInputs {
  /** Token ids `[batch, token]`, int64 or int32. */
  readonly tokenIds: DecoderInput;
  /** 1 where a token is, 0 where padding is: `[batch, past + token]`. */
  readonly attentionMask: DecoderInput | null;
  /** `[batch, token]`. */
  readonly positionIds: DecoderInput | null;
  readonly past: readonly PastInput[];
  /** False: run without the cache. */
  readonly cacheSwitch: DecoderInput | null;
  /** The number of sequences the graph was fixed to, or null where it varies. */
  readonly fixedBatch: number | null;
}

/**
 * Recognises a decoder's inputs by the names that exporters agree on, types and ranks.
 *
 * @throws CodedError `model/unsupported-graph` with the input's name.
 */
export function decoderInputs(graph: GraphProto): DecoderInputs {
  const inputs = fedInputs(graph);
  const tokenIds = tokenInput(graph);
  if (declaredShape(tokenIds)?.length === 1) throw unsupportedGraph("packed-tokens", { input: tokenIds.name });
  const ids = describe(tokenIds, 2);
  const attentionMask = inputs.find((input) => input.name === "attention_mask");
  const positionIds = inputs.find((input) => input.name === "position_ids");
  const cacheSwitch = inputs.find((input) => input.name === cacheSwitchName);
  const known = new Set([tokenIds, attentionMask, positionIds, cacheSwitch]);
  const index = indexGraph(graph);
  const batch = declaredShape(tokenIds)?.[0];
  return {
    tokenIds: ids,
    attentionMask: attentionMask === undefined ? null : describe(attentionMask, 2),
    positionIds: positionIds === undefined ? null : describe(positionIds, 2),
    cacheSwitch: cacheSwitch === undefined ? null : describe(cacheSwitch, 1),
    past: inputs.filter((input) => !known.has(input)).map((input) => pastInput(index, input)),
    fixedBatch: fixedBatch(tokenIds.name, batch),
  };
}

/** A graph's inputs without the initializers, which older files list among them. */
function fedInputs(graph: GraphProto): ValueInfoProto[] {
  const initializers = new Set(graph.initializer.map((tensor) => tensor.name));
  return graph.input.filter((input) => !initializers.has(input.name));
}

/**
 * The input that takes token ids.
 *
 * @throws CodedError `model/unsupported-graph` (`no-token-input`).
 */
export function tokenInput(graph: GraphProto): ValueInfoProto {
  const named = (input: ValueInfoProto) => /^(input_ids|input|tokens|ids)$/.test(input.name) && isIndex(input);
  const tokenIds = fedInputs(graph).find(named);
  if (tokenIds === undefined) throw unsupportedGraph("no-token-input");
  return tokenIds;
}

function isIndex(input: ValueInfoProto): boolean {
  const type = declaredType(input);
  return type === elementType.int64 || type === elementType.int32;
}

function describe(input: ValueInfoProto, rank: number): DecoderInput {
  const shape = declaredShape(input);
  const type = declaredType(input);
  if (type === undefined || (shape !== undefined && shape.length !== rank)) {
    throw unsupportedGraph("input", { input: input.name });
  }
  return { name: input.name, type };
}

/**
 * A key or value cache `[batch, head, past, headDim]`, or both in one `[2, batch, head, past, headDim]`. Its length must
 * vary: a decoder with a cache of fixed size expects its caller to manage it.
 */
function pastInput(index: GraphIndex, input: ValueInfoProto): PastInput {
  const type = declaredType(input);
  const shape = declaredShape(input);
  const isCache = /^(past|cache|key_cache|value_cache)/.test(input.name);
  if (!isCache || type === undefined || shape === undefined) throw unsupportedGraph("input", { input: input.name });
  const batchAxis = shape.length === 5 ? 1 : 0;
  const pastAxis = shape.length - 2;
  if (/conv|ssm|recurrent/.test(input.name)) return { name: input.name, type, dims: stateDims(input.name, shape) };
  if (shape.length < 4 || !isFloatType(type)) throw unsupportedGraph("static-cache", { input: input.name });
  const dims = shape.map((size, axis): number | "batch" => {
    if (axis === batchAxis) return typeof size === "number" ? size : "batch";
    if (axis === pastAxis && (typeof size === "string" || size === 0)) return 0;
    if (axis === pastAxis) throw unsupportedGraph("static-cache", { input: input.name });
    const known = typeof size === "string" && axis === shape.length - 1 ? headWidth(index, input.name) : size;
    if (typeof known !== "number" || known < 1) throw unsupportedGraph("input", { input: input.name });
    return known;
  });
  return { name: input.name, type, dims };
}

function fixedBatch(input: string, batch: number | string | undefined): number | null {
  if (typeof batch !== "number") return null;
  if (batch < 1) throw unsupportedGraph("input", { input });
  return batch;
}

/** The state of a convolution or state-space layer `[batch, …]`: of fixed size, and zero before the first token. */
function stateDims(name: string, shape: readonly (number | string)[]): (number | "batch")[] {
  const sizes = shape.slice(1).map((size) => {
    if (typeof size === "string" || size < 1) throw unsupportedGraph("input", { input: name });
    return size;
  });
  if (sizes.reduce((product, size) => product * size, 1) > largestState)
    throw unsupportedGraph("input", { input: name });
  const batch = shape[0];
  return [typeof batch === "number" ? batch : "batch", ...sizes];
}

/** Numbers in one layer's state, far above any: a state is fed as zeros, which must fit into memory. */
const largestState = 1 << 26;
