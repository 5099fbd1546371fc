import { homedir } from "node:os";
import { dirname } from "node:path";
import { commands, type Disposable, l10n, type QuickPickItem, QuickPickItemKind, Uri, window, workspace } from "vscode";
import type { Inference } from "../inference.ts";
import { findModelFolders, type ModelFolderEntry, modelFolderEntry } from "../modelFolders.ts";
import { numbers } from "../rowWords.ts";
import { modelFoldersSetting, modelPathSetting, setModelPath } from "../settings.ts";
import { selectModelCommand } from "./commandNames.ts";
import { showFailure } from "./commandTarget.ts";
import { cachedModelEntries, downloadModel } from "./downloadModel.ts";

interface ModelItem extends QuickPickItem {
  /** What goes into the setting; null for the items that ask for more. */
  readonly path: string | null;
  /** Asks for a model of a hub instead of a folder. */
  readonly isDownload?: boolean;
}

/** Lets the user choose the model that scores: the bundled one, one of the listed folders, or another folder. */
export function registerSelectModel(inference: Inference): Disposable {
  return commands.registerCommand(selectModelCommand, async () => {
    if (!workspace.isTrusted) return offerTrust();
    const chosen = await window.showQuickPick(modelItems(inference), {
      title: l10n.t("Model that scores rows"),
      placeHolder: l10n.t("Scores depend on the model: compare only scores of one model"),
      matchOnDetail: true,
    });
    if (!chosen) return;
    const path = chosen.path ?? (await (chosen.isDownload ? downloadModel(inference) : chooseFolder()));
    if (path !== null) await inference.chooseModel(() => useModel(inference, path));
  });
}

async function modelItems(inference: Inference): Promise<ModelItem[]> {
  const current = modelPathSetting();
  const bundled = await modelFolderEntry(inference.bundledModelFolder);
  const parents = modelFoldersSetting().map((folder) => folder.replace(/^~(?=$|[\\/])/, homedir()));
  const cached = await cachedModelEntries(inference);
  const isListed = current === "" || cached.some(({ path }) => path === current);
  const listed = await findModelFolders(isListed ? parents : [...parents, current]);
  const items: ModelItem[] = [
    separator(l10n.t("Bundled")),
    { ...modelItem(bundled, "", current === ""), label: inference.modelName(inference.bundledModelFolder) },
  ];
  if (listed.length > 0) items.push(separator(l10n.t("Local")));
  for (const entry of listed) items.push(modelItem(entry, entry.path, entry.path === current));
  if (cached.length > 0) items.push(separator(l10n.t("Downloaded")));
  for (const entry of cached) items.push(modelItem(entry, entry.path, entry.path === current));
  items.push(separator(l10n.t("Other")), {
    label: l10n.t("$(cloud-download) Download a Model…"),
    path: null,
    isDownload: true,
    alwaysShow: true,
  });
  items.push({
    label: l10n.t("$(folder-opened) Choose a Folder…"),
    path: null,
    alwaysShow: true,
  });
  return items;
}

function modelItem(entry: ModelFolderEntry | null, path: string, isCurrent: boolean): ModelItem {
  const facts = entry ? `${entry.dtype} · ${numbers.size(entry.sizeBytes)}` : l10n.t("not found");
  return {
    label: entry?.name ?? path,
    description: isCurrent ? `${facts} · ${l10n.t("in use")}` : facts,
    detail: entry?.path ?? path,
    path,
  };
}

function separator(label: string): ModelItem {
  return { label, kind: QuickPickItemKind.Separator, path: null };
}

async function chooseFolder(): Promise<string | null> {
  const current = modelPathSetting();
  const [folder] =
    (await window.showOpenDialog({
      canSelectFolders: true,
      canSelectFiles: false,
      openLabel: l10n.t("Use This Model"),
      title: l10n.t("Folder with an ONNX model and its tokenizer"),
      ...(current === "" ? {} : { defaultUri: Uri.file(dirname(current)) }),
    })) ?? [];
  return folder?.fsPath ?? null;
}

/** Opens the model before it is chosen, so that a folder that cannot be used never becomes the setting. */
async function useModel(inference: Inference, path: string): Promise<void> {
  const folder = path === "" ? inference.bundledModelFolder : path;
  try {
    await inference.openModel(folder);
  } catch (error) {
    // Not awaited: the message may stay for long, and scoring waits for this choice to end.
    void showFailure(error);
    return;
  }
  await setModelPath(path);
}

async function offerTrust(): Promise<void> {
  const manage = l10n.t("Manage Workspace Trust");
  const message = l10n.t("This workspace is not trusted, so only the bundled model is used.");
  if ((await window.showInformationMessage(message, manage)) === manage)
    await commands.executeCommand("workbench.trust.manage");
}
