import { commands, type Disposable, Position, ProgressLocation, window } from "vscode";
import { givesWay } from "../datasetDocument.ts";
import type { DatasetDocuments } from "../datasetDocuments.ts";
import type { ScoredFiles } from "../scoredFiles.ts";
import type { Scoring } from "../scoring.ts";
import { scoreRowCommand } from "./commandNames.ts";
import { chosenDataset, showFailure } from "./commandTarget.ts";

/** Scores the record at the cursor, or at a place given by a link: `(uri, line, character)`. */
export function registerScoreRow(datasets: DatasetDocuments, scoring: Scoring, files: ScoredFiles): Disposable {
  return commands.registerCommand(scoreRowCommand, async (target?: unknown, line?: unknown, character?: unknown) => {
    const dataset = await chosenDataset(datasets, target);
    if (!dataset || (dataset.run && !givesWay(dataset.run))) return;
    const position =
      typeof line === "number" && typeof character === "number"
        ? new Position(line, character)
        : window.activeTextEditor?.selection.active;
    if (!position) return;
    const where = { location: ProgressLocation.Window };
    const outcome = await window.withProgress(where, async () => {
      await dataset.prepare();
      const start = dataset.slotAt(position);
      return start === -1 ? null : scoring.run(dataset, { slots: { start, end: start + 1 } });
    });
    if (!outcome) return;
    if (outcome.counts.nScored > 0) files.remember(dataset.document.uri, outcome.judgement !== null);
    if (outcome.end === "failed") void showFailure(outcome.error);
  });
}
