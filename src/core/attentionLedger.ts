import type { Formula } from "./formula.ts";
import type { SegmentRole } from "./role.ts";

export const formula: Formula = { name: "attention ledger", version: 1 };

/** Whom attention is paid to. The context counts as the user's words, the target as the assistant's. */
export type LedgerRole = "user" | "assistant" | "system" | "tool" | "template" | "bos";

/** Attention mass by role. It sums to 1, or to less where the attention has a sink of its own (head sink). */
export type AttentionLedger = Readonly<Record<LedgerRole, number>>;

const ledgerRoles: Readonly<Record<SegmentRole, LedgerRole>> = {
  system: "system",
  user: "user",
  context: "user",
  assistant: "assistant",
  target: "assistant",
  tool: "tool",
  template: "template",
  bos: "bos",
};

/** Attention patterns of one query position, summed over the key positions of each role inside the graph. */
export interface RoleAttention {
  /** float32 `[layer, head, role]`, in [0, 1]. */
  readonly masses: Float32Array;
  readonly nLayers: number;
  readonly nHeads: number;
  readonly roles: readonly SegmentRole[];
}

/** One attention head, both indices from 0. */
export interface HeadPosition {
  readonly layerIdx: number;
  readonly headIdx: number;
}

/**
 * Where one head looks: the share of its attention on each role, at the last prompt token before the answer.
 * An attention share is not causal importance. Source: Wang et al., arXiv 2411.02688, 3.2.
 */
export function attentionLedger(attention: RoleAttention, head: HeadPosition): AttentionLedger {
  const ledger = { user: 0, assistant: 0, system: 0, tool: 0, template: 0, bos: 0 };
  for (const [roleIdx, role] of attention.roles.entries()) {
    ledger[ledgerRoles[role]] += massAt(attention, head, roleIdx);
  }
  return ledger;
}

/**
 * The ledger over the words of user and assistant and the first token alone, as if there were no template: what makes a
 * prompt with a chat template comparable with one without. NaN where none of the three gets attention.
 *
 *     share[role] = mass[role] / (mass[user] + mass[assistant] + mass[bos])
 *
 * Leave out the first token (`withBos` false) to see what the attention sink hides. Source: Wang et al., Fig. 3.
 */
export function renormalisedLedger(
  ledger: AttentionLedger,
  withBos = true,
): Pick<AttentionLedger, "user" | "assistant" | "bos"> {
  const bos = withBos ? ledger.bos : 0;
  const total = ledger.user + ledger.assistant + bos;
  return { user: ledger.user / total, assistant: ledger.assistant / total, bos: bos / total };
}

/**
 * The head that looks at the user's words most: the representative of retrieval from the context. Chosen once, on the
 * prompt without template; of equal heads the first. Source: Wang et al., 3.2.
 */
export function representativeHead(attention: RoleAttention): HeadPosition {
  let representative: HeadPosition = { layerIdx: 0, headIdx: 0 };
  let largest = Number.NEGATIVE_INFINITY;
  for (let layerIdx = 0; layerIdx < attention.nLayers; layerIdx++) {
    for (let headIdx = 0; headIdx < attention.nHeads; headIdx++) {
      const { user } = attentionLedger(attention, { layerIdx, headIdx });
      if (user > largest) {
        largest = user;
        representative = { layerIdx, headIdx };
      }
    }
  }
  return representative;
}

/**
 * How much the model looks at the context passage: the mass on it, averaged over all layers and their heads, in [0, 1].
 * Source: Goyal et al., Context-Parametric Inversion, Fig. 3b.
 */
export function meanContextMass(attention: RoleAttention): number {
  const contextIdx = attention.roles.indexOf("context");
  if (contextIdx === -1) return 0;
  let sum = 0;
  for (let idx = contextIdx; idx < attention.masses.length; idx += attention.roles.length) {
    sum += attention.masses[idx] as number;
  }
  return sum / (attention.nLayers * attention.nHeads);
}

function massAt(
  { masses, nHeads, roles }: RoleAttention,
  { layerIdx, headIdx }: HeadPosition,
  roleIdx: number,
): number {
  return masses[(layerIdx * nHeads + headIdx) * roles.length + roleIdx] as number;
}
