import { commands, type Disposable } from "vscode";
import type { DatasetDocuments } from "../datasetDocuments.ts";
import type { ScoredFiles } from "../scoredFiles.ts";
import { chosenDataset } from "./commandTarget.ts";

/** Takes a file's flags, numbers and problems off the screen. Stored scores stay: the next run is quick. */
export function registerClearFlags(datasets: DatasetDocuments, files: ScoredFiles): Disposable {
  return commands.registerCommand("contextReliance.clearFlags", async (target?: unknown) => {
    const dataset = await chosenDataset(datasets, target);
    if (!dataset) return;
    dataset.run?.abort.abort();
    dataset.scored = null;
    dataset.layoutProblems = [];
    files.forget(dataset.document.uri);
    datasets.changed(dataset);
  });
}
