import { type Disposable, window } from "vscode";
import type { Problem } from "../core/problem.ts";
import type { DatasetDocuments } from "./datasetDocuments.ts";
import type { Inference } from "./inference.ts";
import { problemSentence } from "./problemSentence.ts";

/** Says warnings of the inference process once: a restart once per run, trouble with the store once per session, a model's leak once per model. */
export class RunWarnings {
  readonly #said = new Set<string>();
  readonly #subscriptions: Disposable[];

  constructor(inference: Inference, datasets: DatasetDocuments) {
    this.#subscriptions = [
      inference.onWarning((problem) => this.#say(problem)),
      datasets.onDidChange(() => {
        if ([...datasets.all()].every(({ run }) => run === null)) this.#said.delete("inference/restarted");
      }),
    ];
  }

  #say(problem: Problem): void {
    const subject = [problem.code, problem.data.model].join(" ").trimEnd();
    if (this.#said.has(subject)) return;
    this.#said.add(subject);
    void window.showWarningMessage(problemSentence(problem));
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
