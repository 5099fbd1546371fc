import { type Disposable, workspace } from "vscode";
import type { DatasetDocument } from "./datasetDocument.ts";
import type { DatasetDocuments } from "./datasetDocuments.ts";
import type { Inference } from "./inference.ts";
import type { ScoredFiles } from "./scoredFiles.ts";
import type { Scoring } from "./scoring.ts";

/** Shows the stored scores of files that were scored before, when they are opened and when the model changes. */
export class StoredScores {
  readonly #inference: Inference;
  readonly #datasets: DatasetDocuments;
  readonly #scoring: Scoring;
  readonly #files: ScoredFiles;
  readonly #subscriptions: Disposable[];

  constructor(inference: Inference, datasets: DatasetDocuments, scoring: Scoring, files: ScoredFiles) {
    this.#inference = inference;
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
      const { run } = dataset;
      // Asked for right after the choice: it has the new model, or waits for it.
      if (run && !run.isQuiet && (run.modelFolder === null || run.modelFolder === this.#inference.modelFolder))
        continue;
      run?.abort.abort();
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
