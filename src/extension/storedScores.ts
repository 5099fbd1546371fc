import { type Disposable, workspace } from "vscode";
import type { DatasetDocument } from "./datasetDocument.ts";
import type { DatasetDocuments } from "./datasetDocuments.ts";
import type { ScoredFiles } from "./scoredFiles.ts";
import type { Scoring } from "./scoring.ts";

/** Shows the stored scores of files that were scored before, when they are opened and when the model changes. */
export class StoredScores {
  readonly #datasets: DatasetDocuments;
  readonly #scoring: Scoring;
  readonly #files: ScoredFiles;
  readonly #subscriptions: Disposable[];

  constructor(datasets: DatasetDocuments, scoring: Scoring, files: ScoredFiles) {
    this.#datasets = datasets;
    this.#scoring = scoring;
    this.#files = files;
    this.#subscriptions = [
      datasets.onDidOpen((dataset) => void this.#restore(dataset)),
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("contextReliance.model.path")) this.#useOtherModel();
      }),
      workspace.onDidGrantWorkspaceTrust(() => this.#useOtherModel()),
    ];
  }

  async #restore(dataset: DatasetDocument): Promise<void> {
    const known = this.#files.find(dataset.document.uri);
    if (!known || dataset.run) return;
    const { end, judgement } = await this.#scoring.run(dataset, { slots: "all", storedOnly: true });
    // A file that was judged and changed since keeps its flags, as it does while it is open; the status says what is missing.
    if (end === "incomplete" && known.isComplete && judgement === null) this.#datasets.judge(dataset);
  }

  #useOtherModel(): void {
    for (const dataset of this.#datasets.all()) {
      dataset.run?.abort.abort();
      dataset.scored?.clear();
      dataset.model = null;
      this.#datasets.changed(dataset);
      if (dataset.scored) void this.#restore(dataset);
    }
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
