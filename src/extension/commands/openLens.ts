import { commands, Disposable, type ExtensionContext, type TextDocument, Uri, window, workspace } from "vscode";
import type { DatasetDocuments } from "../datasetDocuments.ts";
import type { Inference } from "../inference.ts";
import { lensViewType } from "../lensPanel.ts";
import { selectedPrompt } from "../lensScratch.ts";
import { datasetSource, LensSession } from "../lensSession.ts";
import { newLensPromptCommand, openLensCommand } from "./commandNames.ts";

/** Opens the lens on the row at the cursor or at a place given by a link, on a selection, or on a typed prompt. */
export function registerOpenLens(
  datasets: DatasetDocuments,
  inference: Inference,
  { extension, extensionUri }: ExtensionContext,
): Disposable {
  const session = new LensSession(datasets, inference, extensionUri, extension.packageJSON.version);
  const open = async (target?: unknown, line?: unknown, character?: unknown) => {
    const document = await targetDocument(target);
    const editor = window.activeTextEditor?.document === document ? window.activeTextEditor : null;
    const isPlace = typeof line === "number" && typeof character === "number";
    const cursor = editor?.selection.active ?? { line: 0, character: 0 };
    const place = isPlace ? { line, character } : cursor;
    const source = document && datasetSource(document, place.line, place.character);
    if (source) return session.open(source, true);
    const selections = [...(editor?.selections ?? [])].sort((a, b) => a.start.compareTo(b.start));
    const input = selectedPrompt(selections.map((selection) => editor?.document.getText(selection) ?? ""));
    session.open({ kind: "scratch", fileName: document?.fileName ?? null, input }, false);
  };
  return Disposable.from(
    session,
    commands.registerCommand(openLensCommand, open),
    commands.registerCommand(newLensPromptCommand, () =>
      session.open({ kind: "scratch", fileName: null, input: selectedPrompt([]) }, false),
    ),
    window.registerWebviewPanelSerializer(lensViewType, {
      async deserializeWebviewPanel(panel, state: unknown) {
        session.restore(panel, state);
      },
    }),
  );
}

/** The document a command was called with, else the one in the active editor. */
async function targetDocument(target: unknown): Promise<TextDocument | undefined> {
  const uri = target instanceof Uri ? target : typeof target === "string" ? Uri.parse(target) : null;
  return uri ? workspace.openTextDocument(uri) : window.activeTextEditor?.document;
}
