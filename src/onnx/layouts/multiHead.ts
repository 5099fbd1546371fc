import type { AttentionLayout } from "../attentionLayout.ts";
import { elementType } from "../elementType.ts";
import { intAttribute } from "../graphIndex.ts";
import { makeDeclaredValue, microsoftDomain } from "../graphParts.ts";
import { valueType } from "../valueType.ts";
import { addToBiasInput, claimOutput } from "./groupQuery.ts";

const scoresOutputIdx = 3;
const biasInputIdx = 5;

/** com.microsoft.MultiHeadAttention: gives scaled, masked scores before the softmax and takes a bias. */
export const multiHeadLayout: AttentionLayout = {
  kind: "multi-head",
  padsUninitialised: false,
  pastInputs: [6, 7],
  matches: (_index, node) => node.domain === microsoftDomain && node.opType === "MultiHeadAttention",
  heads(_index, node) {
    const nHeads = intAttribute(node, "num_heads") ?? null;
    return { nHeads, nKeyValueHeads: nHeads };
  },
  tapPattern(draft, index, node) {
    const scores = claimOutput(node, scoresOutputIdx, () => draft.freshName("scores"));
    // The operator's own type inference leaves this output out; without a declared type the model does not load.
    const type = valueType(index, node.input[0] ?? "") ?? elementType.float32;
    draft.graph.valueInfo.push(makeDeclaredValue(scores, type));
    return draft.add("pattern", "Softmax", [scores], { axis: -1 });
  },
  addKeyBias(draft, index, node, bias) {
    const perQuery = bias.perQuery(valueType(index, node.input[0] ?? "") ?? elementType.float32);
    addToBiasInput(node, biasInputIdx, perQuery, (own) => draft.add("bias", "Add", [own, perQuery]));
  },
};
