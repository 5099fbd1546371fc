import { basename } from "node:path/posix";
import { commands, type Disposable, l10n, ProgressLocation, window } from "vscode";
import { type DatasetDocument, givesWay } from "../datasetDocument.ts";
import type { DatasetDocuments } from "../datasetDocuments.ts";
import { numbers } from "../rowWords.ts";
import type { ScoredFiles } from "../scoredFiles.ts";
import type { ScoreProgress } from "../scoreRun.ts";
import type { Scoring, ScoringOutcome } from "../scoring.ts";
import { maxDiagnosticsSetting } from "../settings.ts";
import { openReportCommand, scoreFileCommand } from "./commandNames.ts";
import { chosenDataset, showFailure } from "./commandTarget.ts";

/** Scores every row of a file, shows progress, and says once at the end what came out. */
export function registerScoreFile(datasets: DatasetDocuments, scoring: Scoring, files: ScoredFiles): Disposable {
  return commands.registerCommand(scoreFileCommand, async (target?: unknown) => {
    const dataset = await chosenDataset(datasets, target);
    if (!dataset || (dataset.run && !givesWay(dataset.run))) return;
    const outcome = await runWithProgress(dataset, scoring);
    if (outcome.counts.nScored > 0) files.remember(dataset.document.uri, outcome.judgement !== null);
    // Not awaited: a message stays until it is read, the command is done.
    void showOutcome(dataset, outcome);
  });
}

async function runWithProgress(dataset: DatasetDocument, scoring: Scoring): Promise<ScoringOutcome> {
  const title = l10n.t("Scoring {0}", basename(dataset.document.uri.path));
  const where = { location: ProgressLocation.Notification, title, cancellable: true };
  return window.withProgress(where, async (notification, token) => {
    token.onCancellationRequested(() => dataset.run?.abort.abort());
    notification.report({ message: l10n.t("starting the model") });
    let shownPercent = 0;
    return scoring.run(dataset, {
      slots: "all",
      onProgress: (progress) => {
        const percent = Math.min(100, (100 * progress.nDone) / Math.max(1, progress.nRows));
        notification.report({ message: progressWords(progress), increment: Math.max(0, percent - shownPercent) });
        shownPercent = Math.max(shownPercent, percent);
      },
    });
  });
}

/** `1,204 of 52,002 rows, 85 rows/s, 10 min left`. */
function progressWords({ nDone, nRows, isEstimate, elapsedMs }: ScoreProgress): string {
  const rowsPerMs = nDone / Math.max(1, elapsedMs);
  const facts = {
    done: numbers.count(nDone),
    rows: numbers.count(isEstimate ? Number(nRows.toPrecision(2)) : nRows),
    rate: numbers.rate(rowsPerMs * 1000),
    left: numbers.duration((nRows - nDone) / Math.max(rowsPerMs, 1e-9)),
  };
  return isEstimate
    ? l10n.t("{done} of about {rows} rows, {rate} rows/s, {left} left", facts)
    : l10n.t("{done} of {rows} rows, {rate} rows/s, {left} left", facts);
}

async function showOutcome(dataset: DatasetDocument, outcome: ScoringOutcome): Promise<void> {
  const { counts, end, error, judgement } = outcome;
  if (end === "failed") return showFailure(error);
  if (end !== "complete" || !judgement) {
    const again = l10n.t("Continue");
    const facts = { scored: numbers.count(counts.nScored), rows: numbers.count(counts.nRows) };
    const message = l10n.t(
      "Scored {scored} of {rows} rows; flags need all rows. Run Score File again to continue.",
      facts,
    );
    if ((await window.showInformationMessage(message, again)) === again) {
      await commands.executeCommand(scoreFileCommand, dataset.document.uri);
    }
    return;
  }
  const openReport = l10n.t("Open Report");
  const showProblems = l10n.t("Show Rows");
  const chosen = await window.showInformationMessage(summary(dataset, outcome), openReport, showProblems);
  if (chosen === openReport) await commands.executeCommand(openReportCommand, dataset.document.uri);
  if (chosen === showProblems) await commands.executeCommand("workbench.actions.view.problems");
}

function summary(dataset: DatasetDocument, { counts, judgement }: ScoringOutcome): string {
  const nMissing = counts.nUnscorable + counts.nBadRecords;
  const nMarks = (judgement?.nFlagged ?? 0) + nMissing;
  const max = maxDiagnosticsSetting(dataset.document);
  const sentences = [
    judgement?.nRowsWithContext === 0
      ? l10n.t("No row of {0} has a context to be compared with.", numbers.count(counts.nRows))
      : l10n.t("{flagged} of {rows} rows with a context are flagged.", {
          flagged: numbers.count(judgement?.nFlagged ?? 0),
          rows: numbers.count(judgement?.nRowsWithContext ?? 0),
        }),
  ];
  if (nMissing === 1) sentences.push(l10n.t("1 row could not be scored."));
  if (nMissing > 1) sentences.push(l10n.t("{0} rows could not be scored.", numbers.count(nMissing)));
  if (nMarks > max)
    sentences.push(l10n.t("Problems show the top {0} of {1}.", numbers.count(max), numbers.count(nMarks)));
  return sentences.join(" ");
}
