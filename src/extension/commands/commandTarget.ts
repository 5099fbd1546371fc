import { commands, l10n, type TabInputText, Uri, window, workspace } from "vscode";
import type { DatasetDocument } from "../datasetDocument.ts";
import type { DatasetDocuments } from "../datasetDocuments.ts";
import { errorSentence } from "../problemSentence.ts";
import { selectModelCommand, showOutputCommand } from "./commandNames.ts";

/** The dataset a command is for: the one it was called with, else the one in the active editor. Says so when there is none. */
export async function chosenDataset(datasets: DatasetDocuments, target: unknown): Promise<DatasetDocument | null> {
  const uri = addressOf(target) ?? window.activeTextEditor?.document.uri;
  const dataset = datasets.of(uri);
  if (dataset) return dataset;
  const unopened = uri ?? (window.tabGroups.activeTabGroup.activeTab?.input as TabInputText | undefined)?.uri;
  const opened = unopened && (await openDataset(datasets, unopened));
  if (opened) return opened;
  void window.showInformationMessage(
    unopened && !window.activeTextEditor
      ? l10n.t(
          "The editor does not give files above 50 MB to extensions. Score this one with the command-line program: context-reliance audit.",
        )
      : l10n.t("Open a dataset first: a JSON Lines file, or a JSON file that holds a list of examples."),
  );
  return null;
}

async function openDataset(datasets: DatasetDocuments, uri: Uri): Promise<DatasetDocument | null> {
  try {
    return datasets.ofDocument(await workspace.openTextDocument(uri));
  } catch {
    return null;
  }
}

function addressOf(target: unknown): Uri | undefined {
  if (target instanceof Uri) return target;
  return typeof target === "string" ? Uri.parse(target) : undefined;
}

/** Says why a run failed; a model that cannot be used is answered with the choice of another. */
export async function showFailure(error: unknown): Promise<void> {
  const selectModel = l10n.t("Select Model…");
  const showOutput = l10n.t("Show Output");
  const chosen = await window.showErrorMessage(errorSentence(error), selectModel, showOutput);
  if (chosen === selectModel) await commands.executeCommand(selectModelCommand);
  if (chosen === showOutput) await commands.executeCommand(showOutputCommand);
}
