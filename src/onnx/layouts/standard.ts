import type { AttentionLayout } from "../attentionLayout.ts";
import { elementType } from "../elementType.ts";
import { intAttribute } from "../graphIndex.ts";
import { valueType } from "../valueType.ts";
import { addToBiasInput, claimOutput, setAttribute } from "./groupQuery.ts";

/** `qk_matmul_output_mode`: the fourth output holds the pattern after softmax. */
const patternAfterSoftmax = 3;
const patternOutputIdx = 3;
const maskInputIdx = 3;

/** ONNX's own Attention (operator versions 23 and 24): gives its pattern when asked; its mask is the bias. */
export const standardLayout: AttentionLayout = {
  kind: "standard",
  padsUninitialised: false,
  pastInputs: [4, 5],
  matches: (_index, node) => (node.domain === "" || node.domain === "ai.onnx") && node.opType === "Attention",
  heads: (_index, node) => ({
    nHeads: intAttribute(node, "q_num_heads") ?? null,
    nKeyValueHeads: intAttribute(node, "kv_num_heads") ?? null,
  }),
  tapPattern(draft, _index, node) {
    setAttribute(node, "qk_matmul_output_mode", patternAfterSoftmax);
    return claimOutput(node, patternOutputIdx, () => draft.freshName("pattern"));
  },
  addKeyBias(draft, index, node, bias) {
    const type = valueType(index, node.input[0] ?? "") ?? elementType.float32;
    const perQuery = bias.perQuery(type);
    addToBiasInput(node, maskInputIdx, perQuery, (own) => {
      const isBool = valueType(index, own) === elementType.bool;
      if (!isBool) return draft.add("bias", "Add", [own, perQuery]);
      return draft.add("bias", "Where", [own, perQuery, draft.float(Number.NEGATIVE_INFINITY, type)]);
    });
  },
};
