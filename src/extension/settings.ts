import { type ConfigurationScope, workspace } from "vscode";
import { DEFAULT_QUANTILE } from "../core/nonContextCritical.ts";

const section = "contextReliance";

/** Share of the rows with a context to flag; a value outside of (0, 1] counts as the default. */
export function quantileSetting(scope: ConfigurationScope): number {
  const quantile = workspace.getConfiguration(section, scope).get<number>("score.quantile", DEFAULT_QUANTILE);
  return quantile > 0 && quantile <= 1 ? quantile : DEFAULT_QUANTILE;
}

/** Most diagnostics shown per file. */
export function maxDiagnosticsSetting(scope: ConfigurationScope): number {
  return workspace.getConfiguration(section, scope).get<number>("diagnostics.max", 500);
}

/** Files with more rows get no line above each of them. */
export function maxCodeLensRowsSetting(scope: ConfigurationScope): number {
  return workspace.getConfiguration(section, scope).get<number>("codeLens.maxRows", 50);
}

export function isHoverEnabled(scope: ConfigurationScope): boolean {
  return workspace.getConfiguration(section, scope).get<boolean>("hover.enabled", true);
}

/**
 * What the setting says when the bundled model was chosen. Not the empty default: a default is written by removing the
 * key, which leaves the value of another level in force.
 */
const bundledModelWord = "bundled";

/** The chosen model's folder, empty for the bundled one. An untrusted workspace cannot choose: see `restrictedConfigurations`. */
export function modelPathSetting(): string {
  if (!workspace.isTrusted) return "";
  const path = workspace.getConfiguration(section).get<string>("model.path", "").trim();
  return path === bundledModelWord ? "" : path;
}

export async function setModelPath(path: string): Promise<void> {
  const configuration = workspace.getConfiguration(section);
  const { workspaceValue } = configuration.inspect<string>("model.path") ?? {};
  // A workspace that names its own model would hide what is written for the user.
  await configuration.update("model.path", path || bundledModelWord, workspaceValue === undefined);
}

/** Folders that hold model folders. */
export function modelFoldersSetting(): readonly string[] {
  return workspace.isTrusted ? workspace.getConfiguration(section).get<string[]>("model.folders", []) : [];
}

/** Whether a model may be used whose later tokens change earlier scores. */
export function nonCausalSetting(): boolean {
  return workspace.getConfiguration(section).get<boolean>("model.allowNonCausal", false);
}

/** Address of the hub that models are downloaded from; empty for the one of the environment, or the public one. */
export function hubEndpointSetting(): string {
  return workspace.getConfiguration(section).get<string>("hub.endpoint", "").trim();
}
