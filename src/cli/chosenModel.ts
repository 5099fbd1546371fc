import { Option } from "commander";
import { leakWarning } from "../core/leakWarning.ts";
import type { InspectableModel } from "../engine/inspectableModel.ts";
import type { Environment, ModelOpening } from "./environment.ts";
import { problemLine } from "./problemWords.ts";

/** What every command that runs a model takes. */
export interface ModelChoice {
  /** Folder or id; the bundled model without it. */
  readonly model?: string;
  readonly allowNonCausal?: boolean;
}

export const nonCausalOption = () =>
  new Option(
    "--allow-non-causal",
    "also use a model whose later tokens change earlier scores (dynamic int8), with a warning that says by how much",
  );

/** Opens the chosen model; of one that is not causal says so, and by how much. @throws CodedError of the model room. */
export async function openChosenModel(
  { model: chosen, allowNonCausal = false }: ModelChoice,
  environment: Environment,
  opening: Omit<ModelOpening, "allowNonCausal"> = {},
): Promise<InspectableModel> {
  const folder = chosen ?? environment.defaultModelFolder;
  const model = await environment.openModel(folder, { ...opening, allowNonCausal });
  const warning = leakWarning(model.identity);
  if (warning) environment.err.write(problemLine(warning.severity, warning.code, warning.data));
  return model;
}
