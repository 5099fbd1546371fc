import type { Writable } from "node:stream";
import { sizeText } from "../model/hubChoice.ts";
import type { DownloadProgress } from "../model/hubDownload.ts";

/** One line on stderr that says how far a download is; writes nothing where lines cannot be rewritten. */
export class DownloadLine {
  readonly #err: Writable;
  readonly #isShown: boolean;
  #isDrawn = false;

  constructor(err: Writable, isShown: boolean) {
    this.#err = err;
    this.#isShown = isShown;
  }

  update(progress: DownloadProgress): void {
    if (!this.#isShown) return;
    this.#isDrawn = true;
    this.#err.write(`\r\u001b[2K${downloadText(progress)}`);
  }

  /** Removes the line. */
  clear(): void {
    if (this.#isDrawn) this.#err.write("\r\u001b[2K");
    this.#isDrawn = false;
  }
}

/** `onnx/model_q4.onnx: 120 MB of 919 MB, 8.2 MB/s, about 98 s left`. */
export function downloadText({ file, doneBytes, totalBytes, bytesPerSecond }: DownloadProgress): string {
  const parts = [`${file}: ${sizeText(doneBytes)} of ${sizeText(totalBytes)}`];
  if (bytesPerSecond !== null) parts.push(`${sizeText(bytesPerSecond)}/s`);
  if (bytesPerSecond !== null && bytesPerSecond > 0 && doneBytes < totalBytes) {
    parts.push(`about ${durationText((totalBytes - doneBytes) / bytesPerSecond)} left`);
  }
  return parts.join(", ");
}

function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
