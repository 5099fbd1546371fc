import type { AttentionKind } from "./attentionLayout.ts";
import { findAttention } from "./attentionLayouts.ts";
import { withoutCacheBranch } from "./cacheBranch.ts";
import { decoderHead } from "./decoderHead.ts";
import { type DecoderInputs, decoderInputs } from "./decoderInputs.ts";
import { elementType, elementTypeName } from "./elementType.ts";
import { type GraphIndex, indexGraph, intAttribute } from "./graphIndex.ts";
import { countNumberedLayers, layerNumber } from "./layerNumbers.ts";
import type { ModelProto, NodeProto } from "./proto/onnx_pb.ts";
import { unsupportedGraph } from "./unsupportedGraph.ts";
import { valueType } from "./valueType.ts";

/** GatherElements and negative indices came with this operator version. */
const neededOpset = 11;

/** What a decoder's graph tells about it, as plain data. */
export interface DecoderGraph {
  readonly inputs: DecoderInputs;
  readonly vocabSize: number;
  readonly nLayers: number;
  /** Layers with attention that can be read and steered, by position among them; fewer than `nLayers` in hybrids. */
  readonly attention: readonly AttentionKind[];
  /** For each entry of `attention` the number of its layer, counted from 0, as the file's names have it; null without one. */
  readonly attentionLayers: readonly (number | null)[];
  readonly nHeads: number | null;
  readonly nKeyValueHeads: number | null;
  readonly headDim: number | null;
  /** Type of the weights: `float32`, `float16`, `q4`, `q8`, `int8-dynamic`. */
  readonly weightFormat: string;
  /**
   * Whether a position's result depends on nothing behind it. Dynamic int8 quantisation takes its scale from the whole
   * sequence, so that a later token moves an earlier log-probability.
   */
  readonly isCausal: boolean;
  /**
   * Whether ONNX Runtime computes otherwise with repacked weights than with weights as they lie in the file: 4-bit and
   * 8-bit products whose accuracy level allows 8-bit activations. Log-probabilities then differ by 0.04 to 0.1 nats; in
   * every other format they agree within float32's rounding.
   */
  readonly dependsOnRepacking: boolean;
}

/**
 * Reads a decoder's graph: inputs by meaning, size, attention layouts, weight format.
 *
 * @throws CodedError `model/unsupported-graph` with the reason, where log-probabilities cannot be measured on it.
 */
export function describeDecoder(model: ModelProto): DecoderGraph {
  const { graph } = withoutCacheBranch(model);
  if (graph === undefined) throw unsupportedGraph("no-graph");
  const opset = Number(model.opsetImport.find((each) => each.domain === "" || each.domain === "ai.onnx")?.version ?? 0);
  if (opset < neededOpset) throw unsupportedGraph("opset", { opset, neededOpset });
  const index = indexGraph(graph);
  const inputs = decoderInputs(graph);
  const head = decoderHead(index);
  if (valueType(index, head.hidden) === elementType.bfloat16) throw unsupportedGraph("bfloat16");
  const attention = findAttention(index);
  const first = attention[0];
  const heads = first?.layout.heads(index, first.node) ?? { nHeads: null, nKeyValueHeads: null };
  const past = inputs.past[0]?.dims ?? [];
  const pastHeads = past.at(-3);
  return {
    inputs,
    vocabSize: head.vocabSize,
    nLayers: Math.max(attention.length, nCachedLayers(inputs), countNumberedLayers(index)),
    attention: attention.map(({ layout }) => layout.kind),
    attentionLayers: attention.map(({ node }) => layerNumber(index, node)),
    nHeads: heads.nHeads,
    nKeyValueHeads: heads.nKeyValueHeads ?? (typeof pastHeads === "number" ? pastHeads : null),
    headDim: typeof past.at(-1) === "number" ? Number(past.at(-1)) : null,
    weightFormat: weightFormat(index),
    isCausal: !index.graph.node.some((node) => dynamicOperators.has(node.opType)),
    dependsOnRepacking: index.graph.node.some(roundsActivations),
  };
}

const dynamicOperators = new Set(["DynamicQuantizeLinear", "DynamicQuantizeMatMul"]);

/** Accuracy levels: 1 is float32, 2 to 4 allow fewer bits of the activations. */
function roundsActivations(node: NodeProto): boolean {
  return node.opType === "MatMulNBits" && (intAttribute(node, "accuracy_level") ?? 0) > 1;
}

/** Layers by their caches: one joint input, or a key and a value input, per layer. */
function nCachedLayers(inputs: DecoderInputs): number {
  const layers = inputs.past.map((input) => /\d+/.exec(input.name)?.[0] ?? "");
  return new Set(layers).size;
}

function weightFormat(index: GraphIndex): string {
  const { node } = index.graph;
  if (node.some((each) => dynamicOperators.has(each.opType))) return "int8-dynamic";
  const blockwise = node.find((each) => each.opType === "MatMulNBits");
  if (blockwise !== undefined) return `q${intAttribute(blockwise, "bits") ?? 4}`;
  const sizes = new Map<number, number>();
  for (const tensor of index.graph.initializer) {
    const nElements = tensor.dims.reduce((product, dim) => product * Number(dim), 1);
    sizes.set(tensor.dataType, (sizes.get(tensor.dataType) ?? 0) + nElements);
  }
  const [largest] = [...sizes].sort((a, b) => b[1] - a[1]);
  return elementTypeName(largest?.[0] ?? elementType.float32);
}
