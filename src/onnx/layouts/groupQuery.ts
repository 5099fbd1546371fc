import type { AttentionLayout } from "../attentionLayout.ts";
import { elementType } from "../elementType.ts";
import { intAttribute } from "../graphIndex.ts";
import { makeAttribute, microsoftDomain } from "../graphParts.ts";
import type { NodeProto } from "../proto/onnx_pb.ts";
import { valueType } from "../valueType.ts";

/** `qk_output`: the fourth output holds the pattern after softmax. */
const patternAfterSoftmax = 2;
const patternOutputIdx = 3;
const biasInputIdx = 10;

/** com.microsoft.GroupQueryAttention: gives its pattern when asked and takes a bias. */
export const groupQueryLayout: AttentionLayout = {
  kind: "group-query",
  padsUninitialised: true,
  pastInputs: [3, 4],
  matches: (_index, node) => node.domain === microsoftDomain && node.opType === "GroupQueryAttention",
  heads: (_index, node) => ({
    nHeads: intAttribute(node, "num_heads") ?? null,
    nKeyValueHeads: intAttribute(node, "kv_num_heads") ?? null,
  }),
  tapPattern(draft, _index, node) {
    setAttribute(node, "qk_output", patternAfterSoftmax);
    return claimOutput(node, patternOutputIdx, () => draft.freshName("pattern"));
  },
  addKeyBias(draft, index, node, bias) {
    const perQuery = bias.perQuery(valueType(index, node.input[0] ?? "") ?? elementType.float32);
    addToBiasInput(node, biasInputIdx, perQuery, (own) => draft.add("bias", "Add", [own, perQuery]));
  },
};

/** Replaces an attribute of a node. */
export function setAttribute(node: NodeProto, name: string, value: number): void {
  node.attribute = [...node.attribute.filter((attribute) => attribute.name !== name), makeAttribute(name, value)];
}

/** The name of a node's optional output, given a name where the file left it out. */
export function claimOutput(node: NodeProto, outputIdx: number, freshName: () => string): string {
  while (node.output.length <= outputIdx) node.output.push("");
  const known = node.output[outputIdx];
  if (known !== undefined && known !== "") return known;
  const name = freshName();
  node.output[outputIdx] = name;
  return name;
}

/** Puts a bias into an optional input, or the sum with the bias that is there. */
export function addToBiasInput(node: NodeProto, inputIdx: number, bias: string, sum: (own: string) => string): void {
  while (node.input.length <= inputIdx) node.input.push("");
  const own = node.input[inputIdx];
  node.input[inputIdx] = own === undefined || own === "" ? bias : sum(own);
}
