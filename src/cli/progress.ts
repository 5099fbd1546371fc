import type { Writable } from "node:stream";
import { countText } from "../figure/numberText.ts";

/** Redrawing more often than this only flickers. */
const redrawMs = 100;
/** An estimate from less than this would jump about. */
const settledMs = 1500;

/** One line on stderr that says how far a file is; writes nothing where lines cannot be rewritten. */
export class Progress {
  readonly #err: Writable;
  readonly #isShown: boolean;
  readonly #name: string;
  readonly #startMs = performance.now();
  #drawnMs = 0;
  #isDrawn = false;

  constructor(err: Writable, isShown: boolean, name: string) {
    this.#err = err;
    this.#isShown = isShown;
    this.#name = name;
  }

  /** `fraction` of the file that is done, 0..1. */
  update(nRows: number, fraction: number): void {
    const nowMs = performance.now();
    if (!this.#isShown || nowMs - this.#drawnMs < redrawMs) return;
    this.#drawnMs = nowMs;
    this.#isDrawn = true;
    this.#err.write(`\r\u001b[2K${progressText(this.#name, nRows, fraction, nowMs - this.#startMs)}`);
  }

  /** Removes the line. */
  clear(): void {
    if (this.#isDrawn) this.#err.write("\r\u001b[2K");
    this.#isDrawn = false;
  }
}

/** `rows.jsonl: 1,204 rows, 85 rows/s, about 2 min left`. */
export function progressText(name: string, nRows: number, fraction: number, elapsedMs: number): string {
  const parts = [`${countText(nRows)} rows`];
  if (elapsedMs > settledMs) parts.push(`${rateText((nRows * 1000) / elapsedMs)} rows/s`);
  if (elapsedMs > settledMs && fraction > 0.02 && fraction < 1) {
    parts.push(`about ${durationText((elapsedMs * (1 - fraction)) / fraction)} left`);
  }
  return `${name}: ${parts.join(", ")}`;
}

function rateText(rowsPerSecond: number): string {
  return rowsPerSecond >= 10 ? countText(Math.round(rowsPerSecond)) : rowsPerSecond.toFixed(1);
}

function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
