import { commands, type Disposable, window } from "vscode";
import type { DatasetDocuments } from "../datasetDocuments.ts";

/** Tells the editor what the active document can do, so that menus offer nothing that fails. */
export class ContextKeys {
  readonly #datasets: DatasetDocuments;
  readonly #known = new Map<string, boolean>();
  readonly #subscriptions: Disposable[];

  constructor(datasets: DatasetDocuments) {
    this.#datasets = datasets;
    this.#subscriptions = [
      window.onDidChangeActiveTextEditor(() => this.show()),
      datasets.onDidChange(() => this.show()),
      datasets.onDidOpen(() => this.show()),
    ];
  }

  show(): void {
    const dataset = this.#datasets.ofDocument(window.activeTextEditor?.document);
    this.#set("isDataset", dataset !== null);
    this.#set("isScoring", dataset?.run?.isQuiet === false);
    this.#set("hasScores", dataset?.scored != null);
    this.#set("hasFlags", dataset?.scored?.judgement != null);
  }

  #set(name: string, value: boolean): void {
    if (this.#known.get(name) === value) return;
    this.#known.set(name, value);
    void commands.executeCommand("setContext", `contextReliance.${name}`, value);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
