import { type ExtensionContext, window } from "vscode";
import { type ContextRelianceApi, createApi } from "./api.ts";
import { registerCancelScoring } from "./commands/cancelScoring.ts";
import { registerClearFlags } from "./commands/clearFlags.ts";
import { registerExplainVerdict } from "./commands/explainVerdict.ts";
import { registerOpenLens } from "./commands/openLens.ts";
import { registerOpenReport } from "./commands/openReport.ts";
import { registerScoreFile } from "./commands/scoreFile.ts";
import { registerScoreRow } from "./commands/scoreRow.ts";
import { registerSelectModel } from "./commands/selectModel.ts";
import { registerShowOutput } from "./commands/showOutput.ts";
import { DatasetDocuments } from "./datasetDocuments.ts";
import { Inference } from "./inference.ts";
import { ContextKeys } from "./providers/contextKeys.ts";
import { Flags } from "./providers/flags.ts";
import { ModelStatus } from "./providers/modelStatus.ts";
import { registerRowHover } from "./providers/rowHover.ts";
import { registerRowLens } from "./providers/rowLens.ts";
import { RowStatus } from "./providers/rowStatus.ts";
import { RunWarnings } from "./runWarnings.ts";
import { ScoredFiles } from "./scoredFiles.ts";
import { Scoring } from "./scoring.ts";
import { StoredScores } from "./storedScores.ts";

/** Wires the parts together. Starts no process, reads no file, opens no model: that waits for the first score. */
export function activate(extensionContext: ExtensionContext): ContextRelianceApi {
  const startedMs = performance.now();
  const log = window.createOutputChannel("Context Reliance", { log: true });
  const datasets = new DatasetDocuments();
  const inference = new Inference(extensionContext, log);
  const scoring = new Scoring(inference, datasets, log);
  const files = new ScoredFiles(extensionContext.workspaceState);
  const { extensionUri } = extensionContext;
  const views = [new RowStatus(datasets, inference), new ModelStatus(datasets, inference), new ContextKeys(datasets)];
  extensionContext.subscriptions.push(
    log,
    inference,
    datasets,
    new Flags(datasets),
    new RunWarnings(inference, datasets),
    new StoredScores(inference, datasets, scoring, files),
    ...views,
    registerRowHover(datasets),
    registerRowLens(datasets),
    registerScoreFile(datasets, scoring, files),
    registerScoreRow(datasets, scoring, files),
    registerCancelScoring(datasets),
    registerClearFlags(datasets, files),
    registerSelectModel(inference),
    registerOpenLens(datasets, inference, extensionContext),
    registerOpenReport(datasets, inference, extensionContext),
    registerExplainVerdict(extensionUri),
    registerShowOutput(log),
  );
  datasets.start();
  for (const view of views) view.show();
  const activationMs = performance.now() - startedMs;
  return createApi(datasets, inference, () => activationMs);
}
