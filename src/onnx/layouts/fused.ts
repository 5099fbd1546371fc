import type { AttentionLayout } from "../attentionLayout.ts";
import { elementType } from "../elementType.ts";
import { writeOutAttention } from "../fusedAttention.ts";
import { intAttribute } from "../graphIndex.ts";
import { microsoftDomain } from "../graphParts.ts";
import { valueType } from "../valueType.ts";
import { addToBiasInput } from "./groupQuery.ts";

const weightInputIdx = 1;
const pastInputIdx = 4;
const biasInputIdx = 5;

/** com.microsoft.Attention: takes a bias, but gives no pattern; a tapped layer is written out as primitive operators. */
export const fusedLayout: AttentionLayout = {
  kind: "fused",
  padsUninitialised: false,
  pastInputs: [pastInputIdx],
  matches: (_index, node) => node.domain === microsoftDomain && node.opType === "Attention",
  heads(_index, node) {
    const nHeads = intAttribute(node, "num_heads") ?? null;
    return { nHeads, nKeyValueHeads: nHeads };
  },
  tapPattern: writeOutAttention,
  addKeyBias(draft, index, node, bias) {
    const perQuery = bias.perQuery(valueType(index, node.input[weightInputIdx] ?? "") ?? elementType.float32);
    addToBiasInput(node, biasInputIdx, perQuery, (own) => draft.add("bias", "Add", [own, perQuery]));
  },
};
