import { describe, expect, test } from "vitest";
import { type SteeringOptions, steerRow } from "../../../src/engine/steerRow.ts";
import { UnsteeredRows } from "../../../src/engine/unsteeredRows.ts";
import { LetterModel, letterRow } from "../../fixture/letterModel.ts";

const signal = new AbortController().signal;
const row = letterRow("who", "Ann", "Bo");
const options: SteeringOptions = {
  alpha: 0.5,
  span: "context",
  keys: "all",
  heads: null,
  template: "own",
  maxNewTokens: 3,
  answers: [],
};

describe("steerRow", () => {
  test("weakens every key outside the span alpha times", async () => {
    const { before, after, nEmphasised } = await steerRow(row, new LetterModel(), options, signal);
    expect(nEmphasised).toBe(3);
    expect(before.logProbs).toEqual(Float32Array.of(-8, -9, -10));
    // Three letters of context whole, five and more others half.
    expect([...after.logProbs].map((value) => Number(value.toFixed(4)))).toEqual([-5.5, -6, -6.5]);
  });

  test("leaves the answer's keys alone when only the prompt's are steered", async () => {
    const { after } = await steerRow(row, new LetterModel(), { ...options, keys: "prompt" }, signal);
    expect([...after.logProbs].map((value) => Number(value.toFixed(4)))).toEqual([-5.5, -6.5, -7.5]);
  });

  test("the user's words include the context", async () => {
    const { nEmphasised, after } = await steerRow(row, new LetterModel(), { ...options, span: "user" }, signal);
    expect(nEmphasised).toBe(7);
    expect(after.logProbs[0]).toBeCloseTo(-7.5, 6);
  });

  test("gives the greedy answers before and after, or none", async () => {
    const { before, after } = await steerRow(row, new LetterModel(), options, signal);
    expect([before.answer?.text, after.answer?.text]).toEqual(["Ann", "nn\n"]);
    const silent = await steerRow(row, new LetterModel(), { ...options, maxNewTokens: 0 }, signal);
    expect([silent.before.answer, silent.after.answer]).toEqual([null, null]);
  });

  test("alpha 1 changes nothing", async () => {
    const { before, after } = await steerRow(row, new LetterModel(), { ...options, alpha: 1 }, signal);
    expect(after.logProbs).toEqual(before.logProbs);
    expect(after.answer?.text).toBe(before.answer?.text);
  });

  test("sums the log-probabilities of other answers, their end of turn left out", async () => {
    const { before, after } = await steerRow(row, new LetterModel(), { ...options, answers: ["x", "yy"] }, signal);
    expect(before.answerLogProbs).toEqual([-8, -17]);
    expect(after.answerLogProbs[0]).toBeCloseTo(-5.5, 6);
  });

  test("passes a choice of heads on", async () => {
    const model = new LetterModel();
    const heads: unknown[] = [];
    const original = model.tokenFigures.bind(model);
    model.tokenFigures = (batch, topK, steering) => {
      heads.push(steering?.heads);
      return original(batch, topK, steering);
    };
    const chosen = [{ layerIdx: 1, headIdx: 0 }];
    await steerRow(row, model, { ...options, heads: chosen }, signal);
    expect(heads).toEqual([chosen, chosen]);
  });

  test("runs the row without steering once for all strengths, spans and heads", async () => {
    const model = new LetterModel();
    const unsteered = new UnsteeredRows();
    const look = (change: Partial<SteeringOptions>) =>
      steerRow(row, model, { ...options, answers: ["Bo", "x"], ...change }, signal, unsteered);
    const first = await look({});
    // The target and the other answer, first as they are and then steered.
    expect(model.batches).toHaveLength(2 + 2);
    const others = [
      await look({ alpha: 0.9 }),
      await look({ span: "user" }),
      await look({ heads: [], maxNewTokens: 0 }),
    ];
    expect(model.batches).toHaveLength(2 + 2 + 3 * 2);
    for (const { before } of others) expect(before.logProbs).toEqual(first.before.logProbs);
    expect(others[2]?.before.answer).toBeNull();
    expect((await look({ alpha: 0.9 })).after.logProbs).toEqual(others[0]?.after.logProbs);
    await steerRow(letterRow("who", "Ann", "Bob"), model, options, signal, unsteered);
    expect(model.batches).toHaveLength(2 + 2 + 4 * 2 + 2);
    const another = new LetterModel();
    await steerRow(row, another, options, signal, unsteered);
    expect(another.batches).toHaveLength(2);
  });

  test("forgets what was not asked for longest, and keeps nothing that failed", async () => {
    const model = new LetterModel();
    const unsteered = new UnsteeredRows();
    const scored = async (target: string) => {
      let isMeasured = false;
      const about = { row: letterRow("who", "Ann", target), template: "own" } as const;
      await unsteered.logProbs(model, about, async () => {
        isMeasured = true;
        return new Float32Array();
      });
      return isMeasured;
    };
    await scored("first");
    for (let i = 0; i < 127; i++) await scored(String(i));
    expect(await scored("first")).toBe(false);
    await scored("one more");
    expect([await scored("first"), await scored("0")]).toEqual([false, true]);
    const about = { row, template: "own" } as const;
    await expect(unsteered.logProbs(model, about, () => Promise.reject(new Error("ended")))).rejects.toThrow("ended");
    expect(await unsteered.logProbs(model, about, async () => Float32Array.of(1))).toEqual(Float32Array.of(1));
  });

  test("needs something to point at and an alpha between 0 and 1", async () => {
    const model = new LetterModel();
    await expect(steerRow(letterRow("who", "", "Bo"), model, options, signal)).rejects.toMatchObject({
      code: "measure/nothing-to-emphasise",
      data: { reason: "context" },
    });
    for (const alpha of [0, -1, 1.1, Number.NaN]) {
      await expect(steerRow(row, model, { ...options, alpha }, signal)).rejects.toMatchObject({
        code: "measure/alpha-out-of-range",
      });
    }
    expect(model.batches).toEqual([]);
  });

  test("stops when cancelled", async () => {
    await expect(steerRow(row, new LetterModel(), options, AbortSignal.abort())).rejects.toMatchObject({
      code: "cancelled",
    });
  });
});
