import {
  attributeOf,
  constantInts,
  declaredShape,
  type GraphIndex,
  intAttribute,
  isConstant,
  operatorName,
  valuesRead,
} from "./graphIndex.ts";
import type { NodeProto } from "./proto/onnx_pb.ts";
import { neededBy } from "./pruning.ts";
import { unsupportedGraph } from "./unsupportedGraph.ts";

/** Products of hidden rows with a weight matrix; the first input holds the rows. */
const productOperators = new Set([
  "MatMul",
  "Gemm",
  "FusedMatMul",
  "MatMulInteger",
  "MatMulIntegerToFloat",
  "com.microsoft.FusedMatMul",
  "com.microsoft.MatMulNBits",
  "com.microsoft.MatMulBnb4",
  "com.microsoft.MatMulIntegerToFloat",
  "com.microsoft.DynamicQuantizeMatMul",
]);

/** What exporters put behind the product: each works on every row alone, so it works on gathered rows unchanged. */
const rowwiseOperators = new Set(["Add", "Sub", "Mul", "Div", "Tanh", "Cast", "Identity", "Where"]);

/** Only restore the `[batch, token, vocab]` shape; gathered rows have none. */
const reshapeOperators = new Set(["Reshape", "Unsqueeze", "Squeeze", "Flatten"]);

/** Pick positions out of `[batch, token, hidden]` where they work along the tokens. */
const pickingOperators = new Set(["Gather", "Slice"]);

/** How a decoder turns hidden states into logits. */
export interface DecoderHead {
  /** Name of the graph output. */
  readonly logits: string;
  readonly vocabSize: number;
  /** The value whose rows the product reads: `[batch, token, hidden]` or `[batch * token, hidden]`. */
  readonly hidden: string;
  readonly product: NodeProto;
  /** Nodes from the product to the logits, in graph order, without those that only reshape. */
  readonly nodes: readonly NodeProto[];
  /** Names of values that are another value's rows in another shape, and that value's name. */
  readonly reshaped: ReadonlyMap<string, string>;
  /** Values that vary, do not depend on the hidden rows and are read behind them, such as a quantised input's scale. */
  readonly passedValues: readonly string[];
}

/**
 * Finds the head of a decoder: from the output `logits` back to the product that makes it. A graph that runs its product
 * for the last token only picks that token's hidden row first; the head begins before the pick, where all rows are.
 *
 * @throws CodedError `model/unsupported-graph` (`no-logits`, `last-token-logits`, `head`).
 */
export function decoderHead(index: GraphIndex): DecoderHead {
  const output = index.graph.output.find((each) => each.name === "logits") ?? onlyOutputWithLogits(index);
  if (output === undefined) throw unsupportedGraph("no-logits");
  const shape = declaredShape(output);
  const product = productBehind(index, output.name);
  const given = product.input[0] ?? "";
  const hidden = rowsBeforePick(index, given) ?? given;
  const isPicked = hidden !== given;
  if (!isPicked && shape !== undefined && (shape.length !== 3 || shape[1] === 1)) {
    throw unsupportedGraph("last-token-logits");
  }
  const { nodes, reshaped } = rowNodes(index, output.name, hidden);
  const declaredVocab = shape?.at(-1);
  const vocabSize = typeof declaredVocab === "number" ? declaredVocab : weightColumns(index, product);
  if (vocabSize === undefined) throw unsupportedGraph("head", { operator: operatorName(product) });
  const rowValues = new Set([hidden, ...nodes.flatMap((node) => node.output), ...reshaped.keys()]);
  const others = nodes.flatMap(valuesRead).filter((name) => !rowValues.has(name) && !isConstant(index, name));
  return { logits: output.name, vocabSize, hidden, product, nodes, reshaped, passedValues: [...new Set(others)] };
}

function onlyOutputWithLogits(index: GraphIndex) {
  const outputs = index.graph.output.filter((each) => /logits/.test(each.name));
  return outputs.length === 1 ? outputs[0] : undefined;
}

/** Follows the first varying input back from the logits to the first product with a weight. */
function productBehind(index: GraphIndex, logits: string): NodeProto {
  let name = logits;
  for (let nSteps = 0; nSteps <= index.graph.node.length; nSteps++) {
    const node = index.producers.get(name);
    if (node === undefined) break;
    const operator = operatorName(node);
    if (node.opType === "If") throw unsupportedGraph("branches", { node: node.name });
    if (productOperators.has(operator)) return node;
    if (!rowwiseOperators.has(operator) && !reshapeOperators.has(operator))
      throw unsupportedGraph("head", { operator });
    const next = node.input.find((input) => input !== "" && !isConstant(index, input));
    if (next === undefined) break;
    name = next;
  }
  throw unsupportedGraph("head", { operator: "" });
}

/** The hidden rows of all tokens where the product reads a pick of them; undefined where it reads them all. */
function rowsBeforePick(index: GraphIndex, given: string): string | undefined {
  let name = given;
  for (let nSteps = 0; nSteps <= index.graph.node.length; nSteps++) {
    const node = index.producers.get(name);
    if (node === undefined) return undefined;
    if (isTokenPick(index, node)) return node.input[0];
    if (!reshapeOperators.has(node.opType) && node.opType !== "Identity" && node.opType !== "Cast") return undefined;
    name = node.input[0] ?? "";
  }
  return undefined;
}

/** Says whether a node picks along the token axis of `[batch, token, hidden]`. An embedding gathers from a constant. */
function isTokenPick(index: GraphIndex, node: NodeProto): boolean {
  if (!pickingOperators.has(node.opType) || isConstant(index, node.input[0] ?? "")) return false;
  if (node.opType === "Gather") return intAttribute(node, "axis") === 1;
  const axes = constantInts(index, node.input[3]) ?? attributeOf(node, "axes")?.ints.map(Number);
  return axes?.length === 1 && axes[0] === 1;
}

/** The nodes between the hidden rows and the logits, checked to be row-wise. */
function rowNodes(index: GraphIndex, logits: string, hidden: string): Pick<DecoderHead, "nodes" | "reshaped"> {
  const needed = neededBy(index.graph, [logits]).nodes;
  const rowValues = new Set([hidden]);
  const nodes: NodeProto[] = [];
  const reshaped = new Map<string, string>();
  for (const node of index.graph.node) {
    const source = node.input.find((input) => rowValues.has(input));
    if (source === undefined || !needed.has(node)) continue;
    const operator = operatorName(node);
    if (operator === "Shape") continue;
    for (const name of node.output) rowValues.add(name);
    if (reshapeOperators.has(operator) || isTokenPick(index, node)) reshaped.set(node.output[0] ?? "", source);
    else if (rowwiseOperators.has(operator) || productOperators.has(operator)) nodes.push(node);
    else throw unsupportedGraph("head", { operator });
  }
  return { nodes, reshaped };
}

function weightColumns(index: GraphIndex, product: NodeProto): number | undefined {
  const nBits = product.attribute.find((attribute) => attribute.name === "N");
  if (nBits !== undefined) return Number(nBits.i);
  const dims = index.initializers.get(product.input[1] ?? "")?.dims;
  const isTransposed = product.attribute.some((attribute) => attribute.name === "transB" && attribute.i === 1n);
  const columns = isTransposed ? dims?.[0] : dims?.at(-1);
  return columns === undefined ? undefined : Number(columns);
}
