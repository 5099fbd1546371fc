import { setImmediate } from "node:timers/promises";

/** Work between two pauses: short enough that a key press is never felt to wait. */
const sliceMs = 8;

/** Lets long work in the extension host stand aside: await `pause()` between its steps. */
export class TimeSlice {
  #startedMs = performance.now();

  /** Gives the event loop a turn when this slice is used up. */
  async pause(): Promise<void> {
    if (performance.now() - this.#startedMs < sliceMs) return;
    await setImmediate();
    this.#startedMs = performance.now();
  }
}
