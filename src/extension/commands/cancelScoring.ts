import { commands, type Disposable, window } from "vscode";
import type { DatasetDocuments } from "../datasetDocuments.ts";
import { cancelScoringCommand } from "./commandNames.ts";

/** Ends the run on the active document, or every run when that has none. Numbers that were given stay. */
export function registerCancelScoring(datasets: DatasetDocuments): Disposable {
  return commands.registerCommand(cancelScoringCommand, () => {
    const active = datasets.ofDocument(window.activeTextEditor?.document);
    for (const dataset of active?.run ? [active] : datasets.all()) dataset.run?.abort.abort();
  });
}
