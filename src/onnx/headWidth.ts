import { type GraphIndex, intAttribute, operatorName } from "./graphIndex.ts";
import type { NodeProto } from "./proto/onnx_pb.ts";

const attentionOperators = new Set(["GroupQueryAttention", "MultiHeadAttention", "Attention"]);

/** Nodes on the way from a cache input to its attention, or from attention to the product behind it. */
const longestWay = 32;

/**
 * The width of one head behind a cache input whose shape leaves it open, as the model builder of ONNX Runtime GenAI
 * writes it; undefined where it cannot be told. The product behind the attention reads the heads side by side, so its
 * weight has `nHeads * width` rows.
 */
export function headWidth(index: GraphIndex, cacheInput: string): number | undefined {
  const attention = nearest(index, cacheInput, (node) => attentionOperators.has(node.opType));
  const nHeads = attention === undefined ? undefined : intAttribute(attention, "num_heads");
  if (attention === undefined || nHeads === undefined || nHeads < 1) return undefined;
  const product = nearest(index, attention.output[0] ?? "", (node) => weightRows(index, node) !== undefined);
  const nRows = product === undefined ? undefined : weightRows(index, product);
  return nRows !== undefined && nRows % nHeads === 0 ? nRows / nHeads : undefined;
}

/** The first node behind a value, breadth first, that fits. */
function nearest(index: GraphIndex, name: string, fits: (node: NodeProto) => boolean): NodeProto | undefined {
  const seen = new Set<NodeProto>();
  let names = [name];
  for (let nSteps = 0; nSteps < longestWay && names.length > 0; nSteps++) {
    const all = new Set(names.flatMap((each) => index.consumers.get(each) ?? []));
    const readers = [...all].filter((node) => !seen.has(node));
    const found = readers.find(fits);
    if (found !== undefined) return found;
    for (const node of readers) seen.add(node);
    names = readers.flatMap((node) => node.output);
  }
  return undefined;
}

/** Rows of the weight of a product, `[rows, columns]`; undefined for any other node. */
function weightRows(index: GraphIndex, node: NodeProto): number | undefined {
  if (!/MatMul/.test(operatorName(node))) return undefined;
  const nBlockwiseRows = intAttribute(node, "K");
  if (nBlockwiseRows !== undefined) return nBlockwiseRows;
  const dims = index.initializers.get(node.input[1] ?? "")?.dims;
  return dims?.length === 2 ? Number(dims[0]) : undefined;
}
