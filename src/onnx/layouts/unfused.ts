import type { AttentionLayout } from "../attentionLayout.ts";
import { tokenInput } from "../decoderInputs.ts";
import { elementType } from "../elementType.ts";
import { declaredShape, type GraphIndex, intAttribute, isConstant } from "../graphIndex.ts";
import type { NodeProto } from "../proto/onnx_pb.ts";
import { valueType } from "../valueType.ts";

/**
 * Between the product of queries and keys and the softmax: scaling, masks, soft caps, casts. `Concat` appends a sink, a
 * score that takes attention away from all keys.
 */
const scoreOperators = new Set([
  ...["Add", "Sub", "Mul", "Div", "Where", "Cast", "Max", "Min", "Tanh", "Clip", "Identity"],
  ...["Concat", "Reshape"],
]);

/**
 * Between the softmax and the product with the values: casts, dropout left over from training, replacement of NaN, and
 * `Slice`, which takes a sink's column off.
 */
const patternOperators = new Set(["Cast", "Identity", "Dropout", "Where", "IsNaN", "Slice"]);
const products = new Set(["MatMul", "FusedMatMul", "Einsum"]);

/** Longest chain between softmax and product that exporters write, with room. */
const chainLength = 12;

/** Attention written out as MatMul, Softmax, MatMul; the softmax stands for the layer. */
export const unfusedLayout: AttentionLayout = {
  kind: "unfused",
  padsUninitialised: false,
  pastInputs: [],
  matches: (index, node) =>
    node.opType === "Softmax" &&
    isOverLastAxis(node) &&
    valueProduct(index, node) !== undefined &&
    scoresInput(index, node) !== undefined,
  heads(index, node) {
    const nHeads = declaredShape(index.declared.get(node.output[0] ?? ""))?.[1];
    return { nHeads: typeof nHeads === "number" && nHeads > 0 ? nHeads : null, nKeyValueHeads: null };
  },
  tapPattern: (_draft, index, node) => valueProduct(index, node)?.pattern ?? node.output[0] ?? "",
  addKeyBias(draft, index, node, bias) {
    const place = scoresInput(index, node) ?? { node, inputIdx: 0 };
    const scores = place.node.input[place.inputIdx] ?? "";
    const type = valueType(index, scores) ?? elementType.float32;
    // Some exporters fold heads into the batch, or set groups of heads apart.
    const shape = draft.add("scores-shape", "Shape", [scores]);
    const batch = draft.add("batch-count", "Gather", [
      draft.add("ids-shape", "Shape", [tokenInput(draft.graph).name]),
      draft.ints([0]),
    ]);
    const sides = draft.add("scores-sides", "Gather", [shape, draft.ints([-2, -1])]);
    const byHead = draft.add("scores-by-head-shape", "Concat", [batch, draft.ints([-1]), sides], { axis: 0 });
    const spread = draft.add("scores-by-head", "Reshape", [scores, byHead]);
    const biased = draft.add("biased-scores", "Add", [spread, bias.perKey(type)]);
    place.node.input[place.inputIdx] = draft.add("biased-scores-as-they-were", "Reshape", [biased, shape]);
  },
};

/** `axis` is -1, or the last of three or four; before version 13 it was 1 unless said. */
function isOverLastAxis(node: NodeProto): boolean {
  const axis = intAttribute(node, "axis") ?? -1;
  return axis === -1 || axis === 2 || axis === 3;
}

/** The product that spends the pattern on the values, and the pattern as it goes in; casts are left off. */
function valueProduct(index: GraphIndex, softmax: NodeProto): { pattern: string } | undefined {
  let name = softmax.output[0] ?? "";
  let pattern = name;
  for (let nSteps = 0; nSteps < chainLength; nSteps++) {
    const readers = index.consumers.get(name) ?? [];
    const product = readers.find((node) => products.has(node.opType) && node.input[0] === name);
    if (product !== undefined) return isConstant(index, product.input[1] ?? "") ? undefined : { pattern };
    const next = readers.find((node) => patternOperators.has(node.opType) && node.opType !== "IsNaN");
    if (next === undefined) return undefined;
    name = next.output[0] ?? "";
    if (next.opType === "Where" || next.opType === "Slice") pattern = name;
  }
  return undefined;
}

/** Where a value enters a node. */
interface NodeInput {
  readonly node: NodeProto;
  readonly inputIdx: number;
}

/**
 * The input that holds the finished scores of all keys: that of the softmax, or that of the node which appends a sink to
 * them. Undefined where no product of two varying values lies behind nothing but score operators.
 */
function scoresInput(index: GraphIndex, softmax: NodeProto): NodeInput | undefined {
  const seen = new Set<string>();
  let trails = [{ name: softmax.input[0] ?? "", place: { node: softmax, inputIdx: 0 } }];
  for (let nSteps = 0; nSteps < chainLength && trails.length > 0; nSteps++) {
    const next: typeof trails = [];
    for (const { name, place } of trails) {
      const node = seen.has(name) ? undefined : index.producers.get(name);
      if (node === undefined) continue;
      seen.add(name);
      if (isVaryingProduct(index, node)) return place;
      if (!scoreOperators.has(node.opType)) continue;
      node.input.forEach((input, inputIdx) => {
        if (input !== "") next.push({ name: input, place: node.opType === "Concat" ? { node, inputIdx } : place });
      });
    }
    trails = next;
  }
  return undefined;
}

function isVaryingProduct(index: GraphIndex, node: NodeProto): boolean {
  return products.has(node.opType) && node.input.slice(0, 2).every((name) => !isConstant(index, name));
}
