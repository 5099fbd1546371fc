import type { AttentionLayout } from "../attentionLayout.ts";
import { elementType } from "../elementType.ts";
import { declaredShape, type GraphIndex, intAttribute, isConstant } from "../graphIndex.ts";
import type { NodeProto } from "../proto/onnx_pb.ts";
import { valueType } from "../valueType.ts";

/** Between the product of queries and keys and the softmax: scaling, masks, soft caps, casts. */
const scoreOperators = new Set(["Add", "Sub", "Mul", "Div", "Where", "Cast", "Max", "Min", "Tanh", "Clip", "Identity"]);

/** Between the softmax and the product with the values: casts, dropout left over from training, replacement of NaN. */
const patternOperators = new Set(["Cast", "Identity", "Dropout", "Where", "IsNaN"]);
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
    scoreProduct(index, node) !== undefined,
  heads(index, node) {
    const nHeads = declaredShape(index.declared.get(node.output[0] ?? ""))?.[1];
    return { nHeads: typeof nHeads === "number" && nHeads > 0 ? nHeads : null, nKeyValueHeads: null };
  },
  tapPattern: (_draft, index, node) => valueProduct(index, node)?.pattern ?? node.output[0] ?? "",
  addKeyBias(draft, index, node, bias) {
    const scores = node.input[0] ?? "";
    const type = valueType(index, scores) ?? elementType.float32;
    node.input[0] = draft.add("biased-scores", "Add", [scores, bias.perKey(type)]);
  },
};

/** `axis` is -1, or 3 as the last of `[batch, head, query, key]`; before version 13 it was 1 unless said. */
function isOverLastAxis(node: NodeProto): boolean {
  const axis = intAttribute(node, "axis") ?? -1;
  return axis === -1 || axis === 3;
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
    if (next.opType === "Where") pattern = name;
  }
  return undefined;
}

/** The product of queries and keys: a product of two varying values behind nothing but score operators. */
function scoreProduct(index: GraphIndex, softmax: NodeProto): NodeProto | undefined {
  let names = [softmax.input[0] ?? ""];
  for (let nSteps = 0; nSteps < chainLength && names.length > 0; nSteps++) {
    const nodes = names.map((name) => index.producers.get(name)).filter((node) => node !== undefined);
    const product = nodes.find(
      (node) => products.has(node.opType) && node.input.slice(0, 2).every((name) => !isConstant(index, name)),
    );
    if (product !== undefined) return product;
    names = nodes
      .filter((node) => scoreOperators.has(node.opType))
      .flatMap((node) => node.input.filter((name) => name !== ""));
  }
  return undefined;
}
