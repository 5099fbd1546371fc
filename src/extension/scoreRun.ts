import { CodedError } from "../core/problem.ts";
import type { Row } from "../core/row.ts";
import { rowMeasures } from "../core/rowMeasures.ts";
import type { RowsScoredNotification } from "../protocol/inference.ts";
import type { ScoredDocument } from "./scoredDocument.ts";
import {
  type LocatedProblem,
  type RowPlace,
  type RowState,
  recordHash,
  type ScoredRecord,
  unscored,
} from "./scoredRecord.ts";
import { TimeSlice } from "./timeSlice.ts";

/** A record's text understood: its rows to score, where each is marked, and what is wrong. */
export interface ReadRecord {
  readonly rows: readonly Row[];
  readonly places: readonly RowPlace[];
  /** How the record was understood, e.g. `alpaca`; null when it was not. */
  readonly shapeName: string | null;
  readonly problems: readonly LocatedProblem[];
}

type ScoredRow = RowsScoredNotification["scored"][number];

/** What a run needs from outside; all of it can be replaced in a test. */
export interface ScoreRunOptions {
  /** The text of a slot as it is now. */
  readonly slotText: (slotIdx: number) => string;
  readonly readRecord: (text: string) => ReadRecord;
  /** Scores rows, as `InferenceClient.scoreRows`. */
  readonly score: (
    rows: readonly Row[],
    signal: AbortSignal,
    onScored: (scored: readonly ScoredRow[]) => void,
  ) => Promise<void>;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ScoreProgress) => void;
}

/** How far a run is. */
export interface ScoreProgress {
  /** Rows this run got an answer for. */
  readonly nDone: number;
  /** Rows this run has to ask for; an estimate until the whole file is read. */
  readonly nRows: number;
  readonly isEstimate: boolean;
  readonly elapsedMs: number;
}

/** Rows sent at once, as the command line does: enough to sort by length, few enough that memory stays small. */
const maxWindowRows = 512;
/** Bounds what is serialized at once; a window may be one very long row. UTF-16 code units. */
const maxWindowLength = 1_000_000;
/** One window is scored while the next one waits. */
const maxWindowsAhead = 2;
/** Edits during a run leave rows behind that were not there when their place was passed. */
const maxPasses = 3;

interface WindowRow {
  readonly record: ScoredRecord;
  readonly rowIdx: number;
  readonly row: Row;
}

/**
 * Scores the slots of a document that have no numbers yet, in windows, standing aside between them.
 * A result goes to its record, wherever that is by then, and never to another text in its place.
 * @throws CodedError `cancelled`, or what `score` throws; results until then are kept.
 */
export async function scoreSlots(
  document: ScoredDocument,
  slots: { readonly start: number; readonly end: number } | "all",
  options: ScoreRunOptions,
): Promise<ScoreProgress> {
  const run = new ScoreRun(document, options);
  if (slots === "all") await run.scoreAll();
  else await run.score(slots.start, slots.end);
  return run.progress();
}

class ScoreRun {
  readonly #document: ScoredDocument;
  readonly #options: ScoreRunOptions;
  readonly #startedMs = performance.now();
  /** Aborted with the user's signal, or when a window failed. */
  readonly #abort = new AbortController();
  readonly #inFlight = new Set<Promise<void>>();
  /** Records already sent by this run: copies of one text are scored once. */
  readonly #sent = new Set<ScoredRecord>();
  readonly #slice = new TimeSlice();
  #window: WindowRow[] = [];
  #windowLength = 0;
  #failure: unknown = null;
  #nSlotsRead = 0;
  #nSlots = 0;
  #nAsked = 0;
  #nDone = 0;

  constructor(document: ScoredDocument, options: ScoreRunOptions) {
    this.#document = document;
    this.#options = options;
  }

  async scoreAll(): Promise<void> {
    for (let pass = 0; pass < maxPasses; pass++) {
      await this.score(0, Number.POSITIVE_INFINITY);
      if (!this.#hasOpenSlot()) return;
    }
  }

  async score(start: number, end: number): Promise<void> {
    const { signal } = this.#options;
    const abort = () => this.#abort.abort();
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    this.#nSlots = Math.min(end, this.#document.nSlots) - start;
    this.#nSlotsRead = 0;
    try {
      // The document may grow or shrink meanwhile: its length is asked for at each step.
      for (let slotIdx = start; slotIdx < Math.min(end, this.#document.nSlots) && !this.#isOver(); slotIdx++) {
        await this.#slice.pause();
        await this.#readSlot(slotIdx);
        this.#nSlotsRead++;
      }
      await this.#sendWindow();
      await Promise.all(this.#inFlight);
    } finally {
      signal.removeEventListener("abort", abort);
    }
    if (this.#failure) throw this.#failure;
    if (signal.aborted) throw new CodedError("cancelled");
  }

  progress(): ScoreProgress {
    const isEstimate = this.#nSlotsRead < this.#nSlots;
    const share = isEstimate && this.#nSlotsRead > 0 ? this.#nSlots / this.#nSlotsRead : 1;
    const elapsedMs = performance.now() - this.#startedMs;
    return { nDone: this.#nDone, nRows: Math.round(this.#nAsked * share), isEstimate, elapsedMs };
  }

  #isOver(): boolean {
    return this.#abort.signal.aborted;
  }

  #hasOpenSlot(): boolean {
    const { nSlots } = this.#document;
    for (let slotIdx = 0; slotIdx < nSlots; slotIdx++) {
      const slot = this.#document.slot(slotIdx);
      if (this.#document.isOpen(slotIdx) && (slot === null || slot === "blank" || !this.#sent.has(slot))) return true;
    }
    return false;
  }

  async #readSlot(slotIdx: number): Promise<void> {
    if (!this.#document.isOpen(slotIdx)) return;
    const text = this.#options.slotText(slotIdx);
    const known = this.#document.recall(slotIdx, text);
    if (known === "blank" || (known !== null && (this.#sent.has(known) || !this.#document.isOpen(slotIdx)))) return;
    const { rows, places, problems } = this.#options.readRecord(text);
    const record = known ?? { hash: recordHash(text), rows: rows.map((): RowState => unscored), places, problems };
    if (known === null) this.#document.place(slotIdx, record);
    this.#sent.add(record);
    for (const [rowIdx, row] of rows.entries()) {
      if (record.rows[rowIdx]?.kind !== "unscored") continue;
      this.#window.push({ record, rowIdx, row });
      this.#nAsked++;
    }
    this.#windowLength += text.length;
    if (this.#window.length >= maxWindowRows || this.#windowLength >= maxWindowLength) await this.#sendWindow();
  }

  async #sendWindow(): Promise<void> {
    const window = this.#window;
    this.#window = [];
    this.#windowLength = 0;
    if (window.length === 0 || this.#isOver()) return;
    while (this.#inFlight.size >= maxWindowsAhead) await Promise.race(this.#inFlight);
    if (this.#isOver()) return;
    const { score } = this.#options;
    const sent = score(
      window.map(({ row }) => row),
      this.#abort.signal,
      (scored) => this.#take(window, scored),
    ).catch((error: unknown) => {
      this.#failure ??= this.#options.signal.aborted ? new CodedError("cancelled") : error;
      this.#abort.abort();
    });
    const tracked = sent.finally(() => this.#inFlight.delete(tracked));
    this.#inFlight.add(tracked);
  }

  #take(window: readonly WindowRow[], scored: readonly ScoredRow[]): void {
    for (const { rowIdx, logProbs, problems, scoredAtMs } of scored) {
      const asked = window[rowIdx];
      if (!asked) continue;
      const [problem] = problems;
      if (logProbs) {
        asked.record.rows[asked.rowIdx] = { kind: "scored", measures: rowMeasures(logProbs), scoredAtMs };
      } else if (problem) asked.record.rows[asked.rowIdx] = { kind: "unscorable", problem };
      this.#nDone++;
    }
    this.#options.onProgress(this.progress());
  }
}
