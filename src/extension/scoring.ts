import type { LogOutputChannel } from "vscode";
import { formula as gainFormula } from "../core/contextGain.ts";
import type { DatasetVerdicts } from "../core/datasetVerdicts.ts";
import { formula as flagFormula } from "../core/nonContextCritical.ts";
import { formula as perplexityFormula } from "../core/perplexity.ts";
import { CodedError } from "../core/problem.ts";
import type { RowReader } from "../dataset/datasetRows.ts";
import { type ActiveRun, type DatasetDocument, givesWay } from "./datasetDocument.ts";
import type { DatasetDocuments } from "./datasetDocuments.ts";
import type { Inference, ModelIdentity } from "./inference.ts";
import { errorSentence, isCancelled } from "./problemSentence.ts";
import { readRecordRows, recogniseRows } from "./recordRows.ts";
import type { DocumentCounts, ScoredDocument } from "./scoredDocument.ts";
import { type ScoreProgress, scoreSlots } from "./scoreRun.ts";

export interface ScoringOptions {
  /** One record, or all of them. */
  readonly slots: "all" | { readonly start: number; readonly end: number };
  /** Take only what the store knows. */
  readonly storedOnly?: boolean;
  readonly onProgress?: (progress: ScoreProgress) => void;
}

/** How a run ended. Numbers that were given are kept, however it ended. */
export interface ScoringOutcome {
  readonly end: "complete" | "incomplete" | "cancelled" | "failed";
  /** Why it failed. */
  readonly error: unknown;
  readonly counts: DocumentCounts;
  readonly progress: ScoreProgress | null;
  readonly judgement: DatasetVerdicts | null;
}

/** Least time between two redraws while results come in. */
const redrawMs = 200;

/** Runs scoring on datasets, one run per dataset, and judges them when every row has its answer. */
export class Scoring {
  readonly #inference: Inference;
  readonly #datasets: DatasetDocuments;
  readonly #log: LogOutputChannel;

  constructor(inference: Inference, datasets: DatasetDocuments, log: LogOutputChannel) {
    this.#inference = inference;
    this.#datasets = datasets;
    this.#log = log;
  }

  /** Scores rows of a dataset. Never throws; `dataset.run.abort` ends it. */
  async run(dataset: DatasetDocument, options: ScoringOptions): Promise<ScoringOutcome> {
    while (dataset.run && givesWay(dataset.run)) {
      dataset.run.abort.abort();
      await dataset.run.ended;
    }
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const isQuiet = options.storedOnly === true;
    const run: ActiveRun = { abort: new AbortController(), isQuiet, ended, modelFolder: null, progress: null };
    dataset.run = run;
    this.#datasets.changed(dataset);
    let error: unknown = null;
    try {
      await this.#inference.modelChosen;
      const { modelFolder } = this.#inference;
      run.modelFolder = modelFolder;
      const model = await untilAborted(this.#inference.openModel(modelFolder), run.abort.signal);
      const { scored, reader } = await this.#prepare(dataset, model);
      run.progress = await this.#score(dataset, scored, reader, modelFolder, options);
    } catch (caught) {
      error = caught;
      await dataset.markBlankLines();
    }
    dataset.run = null;
    end();
    const outcome = this.#finish(dataset, run.abort.signal, run.progress, error);
    this.#report(dataset, outcome, options);
    return outcome;
  }

  /** Takes the document in; numbers of another model or read in another shape are dropped. */
  async #prepare(
    dataset: DatasetDocument,
    model: ModelIdentity,
  ): Promise<{ scored: ScoredDocument; reader: RowReader }> {
    const scored = await dataset.prepare();
    const reader = await recogniseRows(
      () => scored.nSlots,
      (slotIdx) => dataset.slotText(slotIdx),
    );
    const isSameModel = !dataset.model || sameModel(dataset.model, model);
    const isSameShape = dataset.shapeName === null || dataset.shapeName === reader.recognition.shape?.name;
    if (!isSameModel || !isSameShape) scored.clear();
    dataset.model = model;
    dataset.shapeName = reader.recognition.shape?.name ?? null;
    return { scored, reader };
  }

  async #score(
    dataset: DatasetDocument,
    scored: ScoredDocument,
    reader: RowReader,
    modelFolder: string,
    { slots, storedOnly = false, onProgress }: ScoringOptions,
  ): Promise<ScoreProgress | null> {
    const { run } = dataset;
    if (!run) return null;
    let redrawnMs = 0;
    return scoreSlots(scored, slots, {
      slotText: (slotIdx) => dataset.slotText(slotIdx),
      readRecord: (text) => readRecordRows(text, reader),
      score: (rows, signal, onScored) => this.#inference.scoreRows({ modelFolder, rows, storedOnly }, signal, onScored),
      signal: run.abort.signal,
      onProgress: (progress) => {
        run.progress = progress;
        if (performance.now() - redrawnMs < redrawMs) return;
        redrawnMs = performance.now();
        onProgress?.(progress);
        this.#datasets.changed(dataset);
      },
    });
  }

  /** Judges when every row has its answer, or when the dataset was judged before and a row's number is new. */
  #finish(
    dataset: DatasetDocument,
    signal: AbortSignal,
    progress: ScoreProgress | null,
    error: unknown,
  ): ScoringOutcome {
    const counts = dataset.scored?.counts() ?? { nRows: 0, nScored: 0, nUnscorable: 0, nUnscored: 0, nBadRecords: 0 };
    const isComplete = counts.nUnscored === 0 && dataset.scored !== null;
    if (isComplete || dataset.scored?.judgement) this.#datasets.judge(dataset);
    else this.#datasets.changed(dataset);
    const judgement = dataset.scored?.judgement ?? null;
    const isStopped = signal.aborted || isCancelled(error);
    const end = isStopped ? "cancelled" : error !== null ? "failed" : isComplete ? "complete" : "incomplete";
    return { end, error: isStopped ? null : error, counts, progress, judgement };
  }

  #report(dataset: DatasetDocument, outcome: ScoringOutcome, { storedOnly, slots }: ScoringOptions): void {
    const { end, error, counts, progress, judgement } = outcome;
    if (error !== null) this.#log.error(errorSentence(error), error instanceof Error ? (error.stack ?? "") : "");
    const { model } = dataset;
    const what = storedOnly ? "stored scores" : slots === "all" ? "file" : "row";
    const seconds = (progress?.elapsedMs ?? 0) / 1000;
    this.#log.info(
      `${what} ${dataset.document.uri.toString()}: ${end}; rows ${counts.nRows}, scored ${counts.nScored}, cannot be scored ` +
        `${counts.nUnscorable}, not scored ${counts.nUnscored}, unreadable records ${counts.nBadRecords}; ` +
        `this run ${progress?.nDone ?? 0} rows in ${seconds.toFixed(2)} s (${((progress?.nDone ?? 0) / Math.max(seconds, 1e-3)).toFixed(1)} rows/s)`,
    );
    if (model)
      this.#log.info(`model ${model.name}, ${model.dtype}, hash ${model.modelHash}, template ${model.templateHash}`);
    if (!judgement) return;
    const formulas = [perplexityFormula, gainFormula, flagFormula].map(({ name, version }) => `${name} v${version}`);
    this.#log.info(
      `cut ${judgement.thresholds.cut} at quantile ${judgement.quantile} of ${judgement.nRowsWithContext} rows with a context, ` +
        `flagged ${judgement.nFlagged}; verdicts ${JSON.stringify(judgement.nRowsByVerdict)}; formulas ${formulas.join(", ")}`,
    );
  }
}

function sameModel(a: ModelIdentity, b: ModelIdentity): boolean {
  return a.modelHash === b.modelHash && a.templateHash === b.templateHash;
}

/** Stops waiting when the signal aborts: a large model may take long to open. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(new CodedError("cancelled")), { once: true });
  });
  return Promise.race([work, aborted]);
}
