import { noShares, type RoleShares, type ShareRole, shareRoles } from "../src/figure/shareRole.ts";
import type { LensAnswers } from "../src/protocol/lens.ts";

export type RowLedger = LensAnswers["row/ledger"];
export type PromptLedger = RowLedger["withoutTemplate"];

/** `raw` masses; the paper's normalisation over user, assistant and first token; the same without the first token. */
export const normalisations = ["raw", "paper", "withoutFirst"] as const;
export type Normalisation = (typeof normalisations)[number];

const roleOfColumn: Readonly<Record<string, ShareRole>> = {
  system: "system",
  user: "user",
  context: "context",
  assistant: "assistant",
  target: "assistant",
  tool: "tool",
  template: "template",
  bos: "bos",
};

/** Masses of the roles' columns from `start` on as shares by role. */
export function sharesAt(masses: Float32Array, start: number, roles: readonly string[]): RoleShares {
  const shares: Record<ShareRole, number> = { ...noShares };
  for (const [column, role] of roles.entries()) {
    const name = roleOfColumn[role];
    if (name) shares[name] += masses[start + column] ?? 0;
  }
  return shares;
}

/** Shares under a normalisation; all zero where the roles that are kept get no attention. */
export function normalised(shares: RoleShares, normalisation: Normalisation): RoleShares {
  if (normalisation === "raw") return shares;
  const kept: readonly ShareRole[] =
    normalisation === "paper" ? ["context", "user", "assistant", "bos"] : ["context", "user", "assistant"];
  const total = kept.reduce((sum, role) => sum + shares[role], 0);
  const entries = shareRoles.map(
    (role) => [role, kept.includes(role) && total > 0 ? shares[role] / total : 0] as const,
  );
  return Object.fromEntries(entries) as Record<ShareRole, number>;
}

/** The shares of one head at the position that says the first answer token. */
export function headShares(
  { masses, nHeads, roles }: PromptLedger,
  { layerIdx, headIdx }: { readonly layerIdx: number; readonly headIdx: number },
): RoleShares {
  return sharesAt(masses, (layerIdx * nHeads + headIdx) * roles.length, roles);
}

/** The mean of all heads' shares at that position. */
export function meanShares({ masses, nLayers, nHeads, roles }: PromptLedger): RoleShares {
  const sums = new Float32Array(roles.length);
  for (const [i, mass] of masses.entries()) sums[i % roles.length] = (sums[i % roles.length] as number) + mass;
  return sharesAt(
    sums.map((sum) => sum / (nLayers * nHeads)),
    0,
    roles,
  );
}

/** The shares of each answer token, of the representative head or the mean of all. */
export function tokenShares(ledger: PromptLedger, of: "representative" | "mean"): RoleShares[] {
  const masses = of === "mean" ? ledger.meanTokenMasses : ledger.tokenMasses;
  const nRoles = ledger.roles.length;
  return Array.from({ length: masses.length / nRoles }, (_, t) => sharesAt(masses, t * nRoles, ledger.roles));
}

/** One role's share in every head: `user` holds the context too, as in the paper. float64 `[layer, head]`. */
export function heatShares(ledger: PromptLedger, role: ShareRole, normalisation: Normalisation): Float64Array {
  const { nLayers, nHeads } = ledger;
  return Float64Array.from({ length: nLayers * nHeads }, (_, i) => {
    const position = { layerIdx: Math.floor(i / nHeads), headIdx: i % nHeads };
    const shares = normalised(headShares(ledger, position), normalisation);
    return role === "user" ? shares.user + shares.context : shares[role];
  });
}
