import { describe, expect, test } from "vitest";
import { CodedError, type Problem } from "../../../src/core/problem.ts";
import type { ScoredRow } from "../../../src/engine/scoredRow.ts";
import { type ScoreOptions, scoreRows } from "../../../src/engine/scoreRows.ts";
import type { ScoreStore, StoredScore } from "../../../src/engine/scoreStore.ts";
import { LetterModel, letterRow } from "../../fixture/letterModel.ts";

class MemoryStore implements ScoreStore {
  readonly scores = new Map<string, StoredScore>();
  read(keys: readonly string[]) {
    return keys.flatMap((key) => this.scores.get(key) ?? []);
  }
  write(scores: readonly StoredScore[]) {
    for (const score of scores) this.scores.set(score.key, score);
  }
  close() {}
}

function collect(overrides: Partial<ScoreOptions> = {}) {
  const scored: ScoredRow[] = [];
  const warnings: Problem[] = [];
  const options: ScoreOptions = {
    answerOnly: false,
    signal: new AbortController().signal,
    onScored: (rows) => scored.push(...rows),
    onWarning: (problem) => warnings.push(problem),
    ...overrides,
  };
  return { scored, warnings, options, byRow: () => new Map(scored.map((row) => [row.rowIdx, row])) };
}

const rows = [letterRow("who", "Ann", "Ann"), letterRow("what", "", "tea"), letterRow("why", "because", "it rains")];

describe("scoreRows", () => {
  test("gives target log-probabilities per book and keeps the end of turn apart", async () => {
    const run = collect();
    await scoreRows(rows, new LetterModel(), null, run.options);
    const first = run.byRow().get(0)?.logProbs;
    // "Ann\nwho>" has 8 tokens before the target, "who>" has 4.
    expect(first).toEqual({
      open: Float32Array.of(-8, -9, -10),
      closed: Float32Array.of(-4, -5, -6),
      answerOnly: null,
      endOfTurn: { open: -11, closed: -7 },
    });
    expect(run.byRow().get(1)?.logProbs?.closed).toBeNull();
    expect(run.byRow().get(1)?.logProbs?.endOfTurn.closed).toBeNaN();
    expect(run.scored).toHaveLength(3);
  });

  test("scores the answer alone only when asked", async () => {
    const run = collect({ answerOnly: true });
    await scoreRows(rows.slice(0, 1), new LetterModel(), null, run.options);
    expect(run.scored[0]?.logProbs?.answerOnly).toEqual(Float32Array.of(-2, -3, -4));
  });

  test("reports a row that is too long or has no tokens, and scores the others", async () => {
    const run = collect();
    const tooLong = letterRow("w".repeat(300), "c", "t");
    await scoreRows([tooLong, letterRow("q", "c", ""), ...rows], new LetterModel(), null, run.options);
    expect(run.byRow().get(0)?.problems).toEqual([
      { code: "row/too-long", severity: "error", data: { nTokens: 305, windowTokens: 200 } },
    ]);
    expect(run.byRow().get(1)?.problems[0]?.code).toBe("row/no-target-tokens");
    expect(run.scored.filter((row) => row.logProbs)).toHaveLength(3);
  });

  test("reports what the model says of a row", async () => {
    const model = new LetterModel();
    model.segment = () => {
      throw new CodedError("model/template-failed", { message: "no system" });
    };
    const run = collect();
    await scoreRows(rows.slice(0, 1), model, null, run.options);
    expect(run.scored[0]?.problems).toEqual([
      { code: "model/template-failed", severity: "error", data: { message: "no system" } },
    ]);
  });

  test("refuses a target that reads as other tokens without its context", async () => {
    const model = new LetterModel();
    const segment = model.segment.bind(model);
    model.segment = (row, book) => {
      const prompt = segment(row, book);
      if (book === "closed") prompt.tokenIds[prompt.target.start] = 1;
      return prompt;
    };
    const run = collect();
    await scoreRows(rows.slice(0, 1), model, null, run.options);
    expect(run.scored[0]?.problems[0]?.code).toBe("row/target-differs");
  });

  test("a row for which the model gives no number is a problem, and is not stored", async () => {
    const model = new LetterModel();
    model.logProbs = async (batch) => batch.map(() => Float32Array.of(-1, Number.NaN, -1, -1));
    const store = new MemoryStore();
    const run = collect();
    await scoreRows(rows.slice(0, 1), model, store, run.options);
    expect(run.scored[0]).toMatchObject({ logProbs: null, problems: [{ code: "row/not-a-number" }] });
    expect(store.scores.size).toBe(0);
  });

  test("answers from the store and runs nothing for known rows", async () => {
    const store = new MemoryStore();
    await scoreRows(rows, new LetterModel(), store, collect().options);
    expect(store.scores.size).toBe(3);
    const model = new LetterModel();
    const again = collect();
    await scoreRows(rows, model, store, again.options);
    expect(model.batches).toEqual([]);
    expect(again.scored.every((row) => row.fromCache)).toBe(true);
    expect(again.byRow().get(2)?.logProbs?.open.length).toBe("it rains".length);
  });

  test("measures a stored row again when the answer alone is asked for and not stored", async () => {
    const store = new MemoryStore();
    await scoreRows(rows, new LetterModel(), store, collect().options);
    const run = collect({ answerOnly: true });
    await scoreRows(rows, new LetterModel(), store, run.options);
    expect(run.scored.every((row) => !row.fromCache && row.logProbs?.answerOnly)).toBe(true);
  });

  test("with storedOnly reports known rows and stays silent on the others", async () => {
    const store = new MemoryStore();
    await scoreRows(rows.slice(0, 1), new LetterModel(), store, collect().options);
    const model = new LetterModel();
    const run = collect({ storedOnly: true });
    await scoreRows(rows, model, store, run.options);
    expect(run.scored.map((row) => row.rowIdx)).toEqual([0]);
    expect(model.batches).toEqual([]);
  });

  test("a store that fails costs a warning, never a score", async () => {
    const fail = () => {
      throw new CodedError("store/disk-full", { file: "scores.db" });
    };
    const run = collect();
    await scoreRows(rows, new LetterModel(), { read: fail, write: fail, close: () => undefined }, run.options);
    expect(run.scored.filter((row) => row.logProbs)).toHaveLength(3);
    expect(run.warnings[0]).toEqual({ code: "store/disk-full", severity: "warning", data: { file: "scores.db" } });
  });

  test("rows are done all along the run, not when the last book of all rows is", async () => {
    const many = Array.from({ length: 90 }, (_, idx) => letterRow("why", "c".repeat(30 + idx), "answer"));
    const model = new LetterModel();
    const nDoneByBatch: number[] = [];
    let nDone = 0;
    model.onBatch = () => nDoneByBatch.push(nDone);
    const run = collect({
      onScored: (rows) => {
        nDone += rows.length;
      },
    });
    await scoreRows(many, model, null, run.options);
    expect(nDone).toBe(90);
    const middle = nDoneByBatch[nDoneByBatch.length >> 1] ?? 0;
    expect(middle).toBeGreaterThan(90 / 4);
    expect(nDoneByBatch.slice(0, 4).some((done) => done > 0)).toBe(true);
  });

  test("ends after the batch in flight when aborted and keeps what was done", async () => {
    const controller = new AbortController();
    const model = new LetterModel();
    model.onBatch = () => controller.abort();
    const many = Array.from({ length: 40 }, (_, idx) => letterRow("q".repeat(idx + 1), "", "answer"));
    const store = new MemoryStore();
    const run = collect({ signal: controller.signal });
    await expect(scoreRows(many, model, store, run.options)).rejects.toMatchObject({ code: "cancelled" });
    expect(model.batches).toHaveLength(1);
    expect(run.scored.length).toBeGreaterThan(0);
    expect(store.scores.size).toBe(run.scored.length);
    const rest = collect();
    await scoreRows(many, new LetterModel(), store, rest.options);
    expect(rest.scored.filter((row) => row.fromCache)).toHaveLength(run.scored.length);
  });
});
