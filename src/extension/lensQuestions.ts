import type { LensNotice, LensQuestion } from "../protocol/lens.ts";
import { type AskedRow, type AskInference, lensAnswer } from "./lensAnswers.ts";
import { errorSentence, isCancelled } from "./problemSentence.ts";

/** The questions of the page that are being answered. */
export class LensQuestions {
  readonly #ask: AskInference;
  readonly #running = new Map<number, AbortController>();

  constructor(ask: AskInference) {
    this.#ask = ask;
  }

  /** What to tell the page; null when the question was taken back. */
  async answer(requestId: number, question: LensQuestion, row: AskedRow): Promise<LensNotice | null> {
    const abort = new AbortController();
    this.#running.set(requestId, abort);
    try {
      const value = await lensAnswer(question, row, this.#ask, abort.signal);
      return abort.signal.aborted ? null : { type: "answer", requestId, value };
    } catch (error) {
      if (abort.signal.aborted || isCancelled(error)) return null;
      return { type: "failure", requestId, sentence: errorSentence(error) };
    } finally {
      this.#running.delete(requestId);
    }
  }

  cancel(requestId: number): void {
    this.#running.get(requestId)?.abort();
  }

  /** Takes every question back, because another row is shown. */
  cancelAll(): void {
    for (const abort of this.#running.values()) abort.abort();
  }
}
