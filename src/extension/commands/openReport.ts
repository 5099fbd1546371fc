import { randomUUID } from "node:crypto";
import { basename } from "node:path/posix";
import {
  commands,
  Disposable,
  type ExtensionContext,
  l10n,
  ProgressLocation,
  Uri,
  ViewColumn,
  type WebviewPanel,
  window,
  workspace,
} from "vscode";
import type { DatasetDocument } from "../datasetDocument.ts";
import type { DatasetDocuments } from "../datasetDocuments.ts";
import type { Inference } from "../inference.ts";
import { openReportCommand } from "./commandNames.ts";
import { chosenDataset, showFailure } from "./commandTarget.ts";

const viewType = "contextReliance.report";

/** Shows a scored file as a page with pictures, in one panel that is used again, and saves that page. */
export function registerOpenReport(
  datasets: DatasetDocuments,
  inference: Inference,
  { extension, extensionUri }: ExtensionContext,
): Disposable {
  let panel: WebviewPanel | null = null;
  let page = { html: "", uri: Uri.file("report") };
  const open = async (target?: unknown) => {
    const dataset = await chosenDataset(datasets, target);
    if (!dataset) return;
    if (!dataset.scored?.judgement) {
      void window.showInformationMessage(l10n.t("The report needs the numbers of every row: run Score File first."));
      return;
    }
    const html = await reportPage(dataset, inference, extension.packageJSON.version).catch(
      (error: unknown) => void showFailure(error),
    );
    if (!html) return;
    page = { html, uri: dataset.document.uri };
    panel ??= createPanel(() => {
      panel = null;
    });
    panel.iconPath = Uri.joinPath(extensionUri, "media", "icons", "contextReliance.svg");
    panel.title = l10n.t("Report: {0}", basename(dataset.document.uri.path));
    panel.webview.html = await themedPage(html);
    panel.reveal();
  };
  const save = async () => {
    const defaultUri = page.uri.with({ path: page.uri.path.replace(/(\.\w+)?$/, ".report.html") });
    const chosen = await window.showSaveDialog({ defaultUri, filters: { HTML: ["html"] } });
    if (chosen) await workspace.fs.writeFile(chosen, new TextEncoder().encode(page.html));
  };
  const registered = [
    commands.registerCommand(openReportCommand, open),
    commands.registerCommand("contextReliance.saveReport", save),
  ];
  return Disposable.from(...registered, { dispose: () => panel?.dispose() });
}

function createPanel(onClosed: () => void): WebviewPanel {
  const created = window.createWebviewPanel(
    viewType,
    "",
    { viewColumn: ViewColumn.Active },
    {
      enableScripts: false,
      enableFindWidget: true,
      localResourceRoots: [],
    },
  );
  created.onDidDispose(onClosed);
  return created;
}

async function reportPage(dataset: DatasetDocument, inference: Inference, programVersion: string): Promise<string> {
  // Loaded when it is asked for: activation pays for no picture.
  const { datasetAudit } = await import("../datasetAudit.ts");
  const { auditReport } = await import("../../report/auditReport.ts");
  const where = { location: ProgressLocation.Window, title: l10n.t("Making the report") };
  return window.withProgress(where, async () => {
    const { audit, closeUps } = await datasetAudit(dataset, inference, programVersion);
    return auditReport(audit, [closeUps]);
  });
}

/** The page in the editor's colours. It has no script; the one style sheet is named by a nonce. */
async function themedPage(html: string): Promise<string> {
  const { themeStyle } = await import("../reportTheme.ts");
  const nonce = randomUUID();
  const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'">`;
  return html
    .replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, () => policy)
    .replace("<style>", () => `<style nonce="${nonce}">`)
    .replace("</style>", () => `${themeStyle}</style>`);
}
