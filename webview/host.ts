import type { LensAnswers, LensMessage, LensNotice, LensQuestion } from "../src/protocol/lens.ts";

interface EditorApi {
  postMessage(message: LensMessage): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): EditorApi;

interface Waiting {
  readonly rowId: number;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Another row is shown by now: nobody waits for the answer. */
export class SupersededError extends Error {}

/** Longest time between two writes of the state that the editor keeps. */
const keepDelayMs = 100;

/** The editor's end of the page: messages, questions with answers, and what survives a reload. */
export class Host {
  readonly #editor = acquireVsCodeApi();
  readonly #waiting = new Map<number, Waiting>();
  #nextRequestId = 1;
  #keepTimer: ReturnType<typeof setTimeout> | undefined;
  #unkept: unknown;

  /** Calls `onNotice` for every notice that is not an answer to a question. */
  listen(onNotice: (notice: LensNotice) => void): void {
    window.addEventListener("message", ({ data }: MessageEvent<LensNotice>) => {
      if (data.type === "answer") this.#settle(data.requestId, (waiting) => waiting.resolve(data.value as never));
      else if (data.type === "failure")
        this.#settle(data.requestId, (waiting) => waiting.reject(new Error(data.sentence)));
      else {
        if (data.type === "row") this.#drop(data.row.rowId);
        if (data.type === "problem") this.#drop(null);
        onNotice(data);
      }
    });
    this.send({ type: "ready" });
  }

  send(message: LensMessage): void {
    this.#editor.postMessage(message);
  }

  /** Asks about the row that is shown. Rejects with a sentence to show. */
  ask<Question extends LensQuestion>(
    rowId: number,
    question: Question,
    signal: AbortSignal,
  ): Promise<LensAnswers[Question["method"]]> {
    const requestId = this.#nextRequestId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(requestId, { rowId, resolve: resolve as Waiting["resolve"], reject });
      signal.addEventListener(
        "abort",
        () => {
          if (this.#waiting.delete(requestId)) this.send({ type: "cancel", requestId });
        },
        { once: true },
      );
      this.send({ type: "ask", requestId, rowId, question });
    });
  }

  get kept(): unknown {
    return this.#editor.getState();
  }

  /** What a reloaded window gets back. */
  keep(state: unknown): void {
    this.#unkept = state;
    this.#keepTimer ??= setTimeout(() => {
      this.#keepTimer = undefined;
      this.#editor.setState(this.#unkept);
    }, keepDelayMs);
  }

  /** Ends the waiting for answers about any other row than this: they are not coming. */
  #drop(rowId: number | null): void {
    for (const [requestId, waiting] of this.#waiting) {
      if (waiting.rowId !== rowId) this.#settle(requestId, ({ reject }) => reject(new SupersededError()));
    }
  }

  #settle(requestId: number, settle: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(requestId);
    this.#waiting.delete(requestId);
    if (waiting) settle(waiting);
  }
}
