import { elementType } from "./elementType.ts";
import type { GraphDraft } from "./graphDraft.ts";
import { attributeOf, declaredShape, type GraphIndex, intAttribute } from "./graphIndex.ts";
import { makeNode } from "./graphParts.ts";
import type { NodeProto } from "./proto/onnx_pb.ts";
import { unsupportedGraph } from "./unsupportedGraph.ts";
import { valueType } from "./valueType.ts";

/** Inputs of com.microsoft.Attention, by position. */
const inputIdx = { hidden: 0, weight: 1, bias: 2, mask: 3, past: 4, scoreBias: 5 } as const;

/** What a masked score is where the operator does not say. */
const defaultMaskValue = -10000;

/**
 * Writes com.microsoft.Attention, as the ONNX Runtime optimizer makes it from GPT-2, out as primitive operators in its
 * place; the operator itself gives no pattern.
 *
 *     scores = Q K^T * scale, masked; pattern = softmax(scores + bias); output = pattern V
 *
 * @returns the pattern `[batch, head, query, key]`
 * @throws CodedError `model/unsupported-graph` (`attention-form`) for a past, rotation or a mask that is not by position.
 */
export function writeOutAttention(draft: GraphDraft, index: GraphIndex, node: NodeProto): string {
  const form = readForm(index, node);
  const [hidden = "", weight = "", bias = ""] = node.input;
  let pattern = "";
  draft.replace(node, () => {
    const product = draft.add("qkv-product", "MatMul", [hidden, weight]);
    const qkv = bias === "" ? product : draft.add("qkv", "Add", [product, bias]);
    const [query = "", key = "", value = ""] = splitHeads(draft, qkv, form);
    const turned = draft.add("keys-turned", "Transpose", [key], { perm: [0, 1, 3, 2] });
    const products = draft.add("products", "MatMul", [query, turned]);
    const scaled = draft.add("scaled", "Mul", [products, scaleOf(draft, form, query)]);
    const biased = form.scoreBias === "" ? scaled : draft.add("biased", "Add", [scaled, form.scoreBias]);
    pattern = draft.add("fused-pattern", "Softmax", [masked(draft, form, hidden, biased)], { axis: 3 });
    const mixed = draft.add("mixed", "MatMul", [pattern, value]);
    const joined = draft.add("joined", "Transpose", [mixed], { perm: [0, 2, 1, 3] });
    draft.graph.node.push(makeNode("Reshape", [joined, draft.ints([0, 0, -1])], [node.output[0] ?? ""]));
  });
  return pattern;
}

interface AttentionForm {
  readonly type: number;
  readonly nHeads: number;
  /** Widths of the joint queries, keys and values where they differ. */
  readonly sizes: readonly number[] | null;
  readonly scale: number | null;
  readonly isCausal: boolean;
  readonly mask: string;
  readonly maskRank: number;
  readonly maskValue: number;
  readonly scoreBias: string;
}

function readForm(index: GraphIndex, node: NodeProto): AttentionForm {
  const refuse = (form: string) => unsupportedGraph("attention-form", { node: node.name, form });
  const input = (idx: number) => node.input[idx] ?? "";
  if (input(inputIdx.past) !== "") throw refuse("past");
  if ((intAttribute(node, "do_rotary") ?? 0) !== 0) throw refuse("do_rotary");
  const mask = input(inputIdx.mask);
  const maskRank = mask === "" ? 0 : rankOf(index, mask);
  if (maskRank !== 0 && maskRank !== 2 && maskRank !== 3) throw refuse(`mask of rank ${maskRank ?? "unknown"}`);
  const sizes = attributeOf(node, "qkv_hidden_sizes")?.ints.map(Number) ?? [];
  const scale = attributeOf(node, "scale")?.f ?? 0;
  return {
    type: valueType(index, input(inputIdx.weight)) ?? elementType.float32,
    nHeads: intAttribute(node, "num_heads") ?? 1,
    sizes: sizes.length === 3 ? sizes : null,
    scale: scale === 0 ? null : scale,
    isCausal: intAttribute(node, "unidirectional") === 1,
    mask,
    maskRank,
    maskValue: attributeOf(node, "mask_filter_value")?.f ?? defaultMaskValue,
    scoreBias: input(inputIdx.scoreBias),
  };
}

/** The number of dimensions of a value that is declared, also behind casts. */
function rankOf(index: GraphIndex, name: string): number | undefined {
  let current = name;
  for (let nSteps = 0; nSteps <= index.graph.node.length; nSteps++) {
    const node = index.producers.get(current);
    if (node?.opType !== "Cast" && node?.opType !== "Identity") break;
    current = node.input[0] ?? "";
  }
  return declaredShape(index.inputs.get(current) ?? index.declared.get(current))?.length;
}

/** Queries, keys and values, each `[batch, head, token, headDim]`. */
function splitHeads(draft: GraphDraft, qkv: string, form: AttentionForm): string[] {
  const { sizes, nHeads } = form;
  const outputs = ["query", "key", "value"].map((part) => draft.freshName(`joint-${part}`));
  const isInput = draft.opset >= 13;
  const input = sizes !== null && isInput ? [qkv, draft.ints(sizes)] : [qkv];
  const split = sizes !== null && !isInput ? { split: sizes } : {};
  const counted = draft.opset >= 18 && sizes === null ? { num_outputs: 3 } : {};
  draft.graph.node.push(makeNode("Split", input, outputs, { axis: 2, ...split, ...counted }));
  return outputs.map((output) => {
    const apart = draft.add("heads-apart", "Reshape", [output, draft.ints([0, 0, nHeads, -1])]);
    return draft.add("heads", "Transpose", [apart], { perm: [0, 2, 1, 3] });
  });
}

/** 1 / sqrt(headDim) unless the operator says another. */
function scaleOf(draft: GraphDraft, form: AttentionForm, query: string): string {
  if (form.scale !== null) return draft.float(form.scale, form.type);
  const shape = draft.add("query-shape", "Shape", [query]);
  const width = draft.add("head-width", "Gather", [shape, draft.ints([3])], { axis: 0 });
  const float = draft.add("head-width-float", "Cast", [width], { to: elementType.float32 });
  const inverse = draft.add("scale", "Reciprocal", [draft.add("head-width-root", "Sqrt", [float])]);
  return draft.add("typed-scale", "Cast", [inverse], { to: form.type });
}

/** Scores with the operator's mask value where a query may not look: behind itself, or where the mask is 0. */
function masked(draft: GraphDraft, form: AttentionForm, hidden: string, scores: string): string {
  const conditions: string[] = [];
  if (form.isCausal) conditions.push(causalMask(draft, hidden));
  if (form.mask !== "") {
    const isToken = draft.add("mask-bool", "Cast", [form.mask], { to: elementType.bool });
    conditions.push(draft.add("mask-spread", "Reshape", [isToken, spreadShape(draft, form)]));
  }
  const [first, second] = conditions;
  if (first === undefined) return scores;
  const allowed = second === undefined ? first : draft.add("allowed", "And", [first, second]);
  return draft.add("masked", "Where", [allowed, scores, draft.float(form.maskValue, form.type)]);
}

/** The mask's shape with a place for the heads: `[batch, 1, 1, key]` or `[batch, 1, query, key]`. */
function spreadShape(draft: GraphDraft, form: AttentionForm): string {
  if (form.maskRank === 2) return draft.ints([0, 1, 1, -1]);
  const size = draft.add("mask-size", "Shape", [form.mask]);
  const [batch = "", ...sides] = [0, 1, 2].map((axis) =>
    draft.add("mask-side", "Gather", [size, draft.ints([axis])], { axis: 0 }),
  );
  return draft.add("mask-shape", "Concat", [batch, draft.ints([1]), ...sides], { axis: 0 });
}

/** bool `[query, key]`: true where the key does not lie behind the query. */
function causalMask(draft: GraphDraft, hidden: string): string {
  const shape = draft.add("hidden-size", "Shape", [hidden]);
  const count = draft.add("token-count", "Gather", [shape, draft.ints([1], [])], { axis: 0 });
  const keys = draft.add("key-positions", "Range", [draft.ints([0], []), count, draft.ints([1], [])]);
  const ends = draft.add("query-ends", "Add", [keys, draft.ints([1], [])]);
  return draft.add("causal", "Less", [keys, draft.add("query-column", "Reshape", [ends, draft.ints([-1, 1])])]);
}
