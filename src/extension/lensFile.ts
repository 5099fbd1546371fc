import { basename } from "node:path/posix";
import { l10n, Uri, window, workspace } from "vscode";
import type { LensMessage, LensSource, SavedFormat } from "../protocol/lens.ts";
import { showFailure } from "./commands/commandTarget.ts";

const formatNames: Readonly<Record<SavedFormat, string>> = {
  svg: "SVG",
  png: "PNG",
  csv: "CSV",
  json: "JSON",
  html: "HTML",
  md: "Markdown",
};

/** A saved file is named in the status bar this long. */
const shownMs = 5000;

/** Writes a figure or the whole lens where the user says. */
export async function saveLensFile(
  { name, format, content }: Extract<LensMessage, { type: "save" }>,
  source: LensSource | null,
): Promise<void> {
  const beside = source?.kind === "dataset" ? Uri.parse(source.uri) : workspace.workspaceFolders?.[0]?.uri;
  const folder = beside && (source?.kind === "dataset" ? Uri.joinPath(beside, "..") : beside);
  const defaultUri = folder ? Uri.joinPath(folder, `${name}.${format}`) : Uri.file(`${name}.${format}`);
  const chosen = await window.showSaveDialog({ defaultUri, filters: { [formatNames[format]]: [format] } });
  if (!chosen) return;
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await workspace.fs.writeFile(chosen, bytes).then(
    () => void window.setStatusBarMessage(l10n.t("Saved {0}", basename(chosen.path)), shownMs),
    (error: unknown) => void showFailure(error),
  );
}
