/** Seconds over which the rate of a download is told: shorter jumps about, longer hides that it has stopped. */
const windowMs = 5000;
const settledMs = 500;

/** How fast a number of bytes grows, over the last seconds. */
export class TransferRate {
  /** Time and bytes, oldest first. */
  #samples: { readonly atMs: number; readonly bytes: number }[] = [];

  /** Fewer bytes than before start anew: a file that began again has not been received backwards. */
  add(atMs: number, bytes: number): void {
    const last = this.#samples.at(-1);
    if (last && bytes < last.bytes) this.#samples = [];
    // Samples nearer than a tenth of the window apart would only make the list long.
    if (last && this.#samples.length > 1 && atMs - (this.#samples.at(-2)?.atMs ?? 0) < windowMs / 50)
      this.#samples.pop();
    this.#samples.push({ atMs, bytes });
    while (this.#samples.length > 2 && atMs - (this.#samples[1]?.atMs ?? atMs) > windowMs) this.#samples.shift();
  }

  /** Null until half a second is known. */
  bytesPerSecond(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs - first.atMs < settledMs) return null;
    return ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs);
  }
}
