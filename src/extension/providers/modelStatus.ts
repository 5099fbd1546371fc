import { type Disposable, type LanguageStatusItem, l10n, languages, window } from "vscode";
import { selectModelCommand } from "../commands/commandNames.ts";
import type { DatasetDocuments } from "../datasetDocuments.ts";
import type { Inference } from "../inference.ts";
import { numbers } from "../rowWords.ts";

/** The model in use and how far the file is scored, among the language's status entries of JSON files. */
export class ModelStatus {
  readonly #datasets: DatasetDocuments;
  readonly #inference: Inference;
  readonly #item: LanguageStatusItem;
  readonly #subscriptions: Disposable[];

  constructor(datasets: DatasetDocuments, inference: Inference) {
    this.#datasets = datasets;
    this.#inference = inference;
    this.#item = languages.createLanguageStatusItem("contextReliance.model", [
      { language: "jsonl" },
      { pattern: "**/*.ndjson" },
    ]);
    this.#item.name = "Context Reliance";
    this.#item.command = { command: selectModelCommand, title: l10n.t("Select Model…") };
    this.#subscriptions = [
      window.onDidChangeActiveTextEditor(() => this.show()),
      datasets.onDidChange((dataset) => {
        if (dataset.document === window.activeTextEditor?.document) this.show();
      }),
    ];
  }

  /** Draws the item anew. */
  show(): void {
    const dataset = this.#datasets.ofDocument(window.activeTextEditor?.document);
    this.#item.text = l10n.t("Context Reliance: {0}", dataset?.model?.name ?? this.#inference.modelName());
    this.#item.busy = dataset?.run?.isQuiet === false;
    const judgement = dataset?.scored?.judgement;
    this.#item.detail = judgement
      ? l10n.t("{0} of {1} rows flagged", numbers.count(judgement.nFlagged), numbers.count(judgement.nRowsWithContext))
      : l10n.t("file not scored");
  }

  dispose(): void {
    for (const subscription of [...this.#subscriptions, this.#item]) subscription.dispose();
  }
}
