import { DEPENDENCY_THRESHOLD, dependencyLayer } from "../core/contextDependency.ts";
import { CodedError } from "../core/problem.ts";
import type { InspectableModel } from "../engine/inspectableModel.ts";
import type { DependencySettings } from "../report/audit.ts";
import { checkOutput } from "./output.ts";
import { isSameFile } from "./sameFile.ts";

/** What `audit` takes for the context-dependency score. */
export interface DependencyOptions {
  /** True for the default layer. */
  readonly dependency?: true | number;
  /** Where to write the dataset with its indicators. */
  readonly indicate?: string;
  readonly threshold?: number;
  readonly out?: string;
}

/**
 * Finds out before hours of scoring what cannot be done.
 * @throws CodedError `cli/usage`, `cli/not-written`, `cli/writes-input`.
 */
export async function checkDependencyOptions(files: readonly string[], options: DependencyOptions): Promise<void> {
  const { dependency, indicate, threshold, out } = options;
  if (threshold !== undefined && dependency === undefined && indicate === undefined) {
    throw usage("--threshold says what --dependency counts and --indicate marks; add one of them");
  }
  if (indicate === undefined) return;
  if (files.length > 1)
    throw usage("--indicate writes one dataset; name one file, and the others in runs of their own");
  await checkOutput(indicate, files, "--indicate");
  if (out !== undefined && (out === indicate || (await isSameFile(out, indicate)))) {
    throw usage("--out and --indicate name the same file; give the report and the dataset a path each");
  }
}

/**
 * How the scores are made under a model; undefined when none were asked for.
 * @throws CodedError `model/unsupported-graph` (`no-attention`, `layer`).
 */
export function dependencySettings(
  { dependency, indicate, threshold }: DependencyOptions,
  { nAttentionLayers, identity }: Pick<InspectableModel, "nAttentionLayers" | "identity">,
): DependencySettings | undefined {
  if (dependency === undefined && indicate === undefined) return undefined;
  const layerIdx = typeof dependency === "number" ? dependency : dependencyLayer(nAttentionLayers);
  if (nAttentionLayers === 0 || layerIdx >= nAttentionLayers) {
    const reason = nAttentionLayers === 0 ? "no-attention" : "layer";
    throw new CodedError("model/unsupported-graph", {
      file: identity.name,
      reason,
      layerIdx,
      nLayers: nAttentionLayers,
    });
  }
  return { layerIdx, threshold: threshold ?? DEPENDENCY_THRESHOLD };
}

function usage(message: string): CodedError {
  return new CodedError("cli/usage", { message });
}
