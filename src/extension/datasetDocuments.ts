import {
  type Disposable,
  EventEmitter,
  type TextDocument,
  type TextDocumentChangeEvent,
  type Uri,
  workspace,
} from "vscode";
import { DatasetDocument, isDataset } from "./datasetDocument.ts";
import { quantileSetting } from "./settings.ts";

/** Typing pauses this long before the elements of a JSON array are found again. */
const reindexDelayMs = 200;
/** Typing pauses this long before the cut is computed again. */
const judgeDelayMs = 250;

/** The open datasets, followed as they change. */
export class DatasetDocuments {
  readonly #datasets = new Map<string, DatasetDocument>();
  readonly #timers = new Map<DatasetDocument, Partial<Record<"reindex" | "judge", NodeJS.Timeout>>>();
  readonly #changed = new EventEmitter<DatasetDocument>();
  readonly #opened = new EventEmitter<DatasetDocument>();
  readonly #closed = new EventEmitter<DatasetDocument>();
  readonly #subscriptions: Disposable[];

  /** Text, numbers, verdicts or the state of a run changed. */
  readonly onDidChange = this.#changed.event;
  readonly onDidOpen = this.#opened.event;
  readonly onDidClose = this.#closed.event;

  constructor() {
    this.#subscriptions = [
      workspace.onDidOpenTextDocument((document) => this.#open(document)),
      workspace.onDidCloseTextDocument((document) => this.#close(document)),
      workspace.onDidChangeTextDocument((event) => this.#change(event)),
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("contextReliance.score.quantile")) this.#judgeAll();
      }),
    ];
  }

  /** Takes the documents in that are open already. */
  start(): void {
    for (const document of workspace.textDocuments) this.#open(document);
  }

  all(): Iterable<DatasetDocument> {
    return this.#datasets.values();
  }

  of(uri: Uri | undefined): DatasetDocument | null {
    return (uri && this.#datasets.get(uri.toString())) ?? null;
  }

  /** Of a document that is open; null when it is no dataset. */
  ofDocument(document: TextDocument | undefined): DatasetDocument | null {
    return document ? this.of(document.uri) : null;
  }

  /** Judges a dataset and tells everyone. */
  judge(dataset: DatasetDocument): void {
    dataset.scored?.judge(quantileSetting(dataset.document));
    this.changed(dataset);
  }

  changed(dataset: DatasetDocument): void {
    this.#changed.fire(dataset);
  }

  #open(document: TextDocument): void {
    if (this.ofDocument(document) || !isDataset(document)) return;
    const dataset = new DatasetDocument(document);
    this.#datasets.set(document.uri.toString(), dataset);
    this.#opened.fire(dataset);
  }

  #close(document: TextDocument): void {
    const dataset = this.ofDocument(document);
    if (!dataset) return;
    dataset.run?.abort.abort();
    for (const timer of Object.values(this.#timers.get(dataset) ?? {})) clearTimeout(timer);
    this.#timers.delete(dataset);
    this.#datasets.delete(document.uri.toString());
    this.#closed.fire(dataset);
  }

  #change({ document, contentChanges }: TextDocumentChangeEvent): void {
    if (contentChanges.length === 0) return;
    this.#open(document);
    const dataset = this.ofDocument(document);
    if (!dataset?.scored) return;
    if (dataset.applyChanges(contentChanges))
      this.#later(dataset, "reindex", reindexDelayMs, () => this.#reindex(dataset));
    else this.#judgeLater(dataset);
    this.changed(dataset);
  }

  async #reindex(dataset: DatasetDocument): Promise<void> {
    if (!(await dataset.reindex())) return;
    this.#judgeLater(dataset);
    this.changed(dataset);
  }

  #judgeLater(dataset: DatasetDocument): void {
    this.#later(dataset, "judge", judgeDelayMs, () => {
      if (dataset.scored?.judgement) this.judge(dataset);
    });
  }

  #judgeAll(): void {
    for (const dataset of this.all()) if (dataset.scored?.judgement) this.judge(dataset);
  }

  #later(dataset: DatasetDocument, what: "reindex" | "judge", delayMs: number, work: () => void): void {
    const timers = this.#timers.get(dataset) ?? {};
    clearTimeout(timers[what]);
    this.#timers.set(dataset, { ...timers, [what]: setTimeout(work, delayMs) });
  }

  dispose(): void {
    for (const dataset of this.all()) this.#close(dataset.document);
    for (const subscription of [...this.#subscriptions, this.#changed, this.#opened, this.#closed])
      subscription.dispose();
  }
}
