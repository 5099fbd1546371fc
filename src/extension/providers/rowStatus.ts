import { type Disposable, l10n, MarkdownString, StatusBarAlignment, type StatusBarItem, window } from "vscode";
import {
  cancelScoringCommand,
  explainVerdictCommand,
  openReportCommand,
  scoreFileCommand,
  scoreRowCommand,
  selectModelCommand,
  showOutputCommand,
} from "../commands/commandNames.ts";
import type { DatasetDocument, DatasetRow } from "../datasetDocument.ts";
import type { DatasetDocuments } from "../datasetDocuments.ts";
import type { Inference } from "../inference.ts";
import { problemSentence } from "../problemSentence.ts";
import { numbers, unscoredWords, verdictMeaning, verdictWord } from "../rowWords.ts";
import type { RowState } from "../scoredRecord.ts";

/** The row at the cursor in the status bar, only where a dataset is being edited. */
export class RowStatus {
  readonly #datasets: DatasetDocuments;
  readonly #inference: Inference;
  readonly #item: StatusBarItem;
  readonly #subscriptions: Disposable[];
  /** How many rows are not scored, in words: counting walks the document, moving the cursor must not. */
  #missing: { readonly dataset: DatasetDocument; readonly words: string } | null = null;

  constructor(datasets: DatasetDocuments, inference: Inference) {
    this.#datasets = datasets;
    this.#inference = inference;
    this.#item = window.createStatusBarItem("contextReliance.row", StatusBarAlignment.Right, 120);
    this.#item.name = "Context Reliance";
    this.#subscriptions = [
      window.onDidChangeActiveTextEditor(() => this.show()),
      window.onDidChangeTextEditorSelection(({ textEditor }) => {
        if (textEditor === window.activeTextEditor) this.show();
      }),
      datasets.onDidChange((dataset) => {
        this.#missing = null;
        if (dataset.document === window.activeTextEditor?.document) this.show();
      }),
      datasets.onDidOpen(() => this.show()),
    ];
  }

  /** Draws the item anew. */
  show(): void {
    const editor = window.activeTextEditor;
    const dataset = this.#datasets.ofDocument(editor?.document);
    if (!editor || !dataset) {
      this.#item.hide();
      return;
    }
    const row = dataset.rowAt(editor.selection.active);
    const state = row?.record.rows[row.rowIdx] ?? null;
    const short = shortText(
      dataset,
      row,
      state,
      editor.document.lineAt(editor.selection.active.line).isEmptyOrWhitespace,
    );
    if (this.#missing?.dataset !== dataset) this.#missing = { dataset, words: unscoredWords(dataset) };
    const missing = this.#missing.words;
    this.#item.text = `$(eye) ${missing === "" ? short : `${short} · ${missing}`}`;
    this.#item.tooltip = this.#tooltip(dataset, row, state, missing);
    this.#item.accessibilityInformation = { label: l10n.t("Context reliance of the row: {0}", short), role: "button" };
    this.#item.command = commandFor(dataset, row, state);
    this.#item.show();
  }

  #tooltip(dataset: DatasetDocument, row: DatasetRow | null, state: RowState | null, missing: string): MarkdownString {
    const text = new MarkdownString("", true);
    text.isTrusted = {
      enabledCommands: [scoreFileCommand, scoreRowCommand, selectModelCommand, cancelScoringCommand, openReportCommand],
    };
    for (const line of tooltipLines(dataset, row, state, missing)) text.appendText(line).appendMarkdown("\n\n");
    const model = dataset.model?.name ?? this.#inference.modelName();
    text.appendText(l10n.t("Model: {0}", model)).appendMarkdown("\n\n");
    text.appendMarkdown(tooltipLinks(dataset, state).join(" · "));
    return text;
  }

  dispose(): void {
    for (const subscription of [...this.#subscriptions, this.#item]) subscription.dispose();
  }
}

function shortText(dataset: DatasetDocument, row: DatasetRow | null, state: RowState | null, isBlank: boolean): string {
  if (state?.kind === "unscorable") return l10n.t("cannot be scored");
  if (state?.kind !== "scored" || !row) return isBlank ? l10n.t("no row here") : l10n.t("not scored");
  const { meanGain, openPerplexity } = state.measures;
  const gain = meanGain === null ? "" : l10n.t("gain {0}", numbers.nats(meanGain));
  const verdict = dataset.scored?.verdict(row.record, row.rowIdx);
  if (!verdict)
    return `${gain || l10n.t("perplexity {0}", numbers.perplexity(openPerplexity))} ${l10n.t("(no verdict yet)")}`;
  const percentile = verdict.percentile === null ? "" : ` p${numbers.percentile(verdict.percentile)}`;
  return `${verdictWord(verdict.verdict)}${percentile}${gain && ` ${gain}`}`;
}

function tooltipLines(
  dataset: DatasetDocument,
  row: DatasetRow | null,
  state: RowState | null,
  missing: string,
): string[] {
  const lines: string[] = [];
  const verdict = row && dataset.scored?.verdict(row.record, row.rowIdx);
  if (verdict) lines.push(`${verdictWord(verdict.verdict)}: ${verdictMeaning(verdict.verdict)}`);
  if (state?.kind === "unscorable") lines.push(problemSentence(state.problem));
  if (state?.kind === "scored") {
    const { closedPerplexity, openPerplexity } = state.measures;
    const withContext = numbers.perplexity(openPerplexity);
    lines.push(
      closedPerplexity === null
        ? l10n.t("Perplexity {0}", withContext)
        : l10n.t("Perplexity {0} with the context, {1} without", withContext, numbers.perplexity(closedPerplexity)),
    );
    if (!verdict) lines.push(l10n.t("Verdicts and flags need the numbers of every row: score the file."));
  } else if (state === null && !dataset.run) lines.push(l10n.t("Score the row to see whether it needs its context."));
  if (missing !== "")
    lines.push(l10n.t("{0}: flags count the scored rows only until the file is scored again.", missing));
  const progress = dataset.run?.isQuiet === false ? dataset.run.progress : null;
  if (progress)
    lines.push(l10n.t("Scoring: {0} of {1} rows", numbers.count(progress.nDone), numbers.count(progress.nRows)));
  return lines;
}

function tooltipLinks(dataset: DatasetDocument, state: RowState | null): string[] {
  const links: [string, string][] = [];
  if (dataset.run?.isQuiet === false) links.push([l10n.t("Cancel"), cancelScoringCommand]);
  else {
    if (state === null) links.push([l10n.t("Score this row"), scoreRowCommand]);
    links.push([l10n.t("Score the file"), scoreFileCommand]);
  }
  if (dataset.scored?.judgement) links.push([l10n.t("Open the report"), openReportCommand]);
  links.push([l10n.t("Select a model"), selectModelCommand]);
  return links.map(([title, command]) => `[${title}](command:${command})`);
}

function commandFor(dataset: DatasetDocument, row: DatasetRow | null, state: RowState | null) {
  if (dataset.run?.isQuiet === false) return { command: showOutputCommand, title: l10n.t("Show Output") };
  const verdict = row && dataset.scored?.verdict(row.record, row.rowIdx);
  if (verdict) return { command: explainVerdictCommand, title: l10n.t("Explain"), arguments: [verdict.verdict] };
  return state?.kind === "scored"
    ? { command: scoreFileCommand, title: l10n.t("Score File") }
    : { command: scoreRowCommand, title: l10n.t("Score Current Row") };
}
