import type { ModelIdentity } from "./modelIdentity.ts";
import type { Problem } from "./problem.ts";

/** What has to be said wherever scores of a model that is not causal are shown; null for a causal one. */
export function leakWarning({ name, leakNats }: Pick<ModelIdentity, "name" | "leakNats">): Problem | null {
  if (leakNats === null) return null;
  return { code: "model/leak", severity: "warning", data: { model: name, leakNats: roundedLeak(leakNats) } };
}

/** Two digits: the trials that measure it are a lower bound. */
export function roundedLeak(leakNats: number): number {
  return Number(leakNats.toPrecision(2));
}
