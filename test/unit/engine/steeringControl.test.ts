import { describe, expect, test } from "vitest";
import controlSet from "../../../media/controlSet.json" with { type: "json" };
import { normaliseAnswer } from "../../../src/core/answerContainment.ts";
import { steeringControl } from "../../../src/engine/steeringControl.ts";
import { UnsteeredRows } from "../../../src/engine/unsteeredRows.ts";
import { LetterModel } from "../../fixture/letterModel.ts";

const { signal } = new AbortController();
const options = { alpha: 0.5, span: "context", keys: "all", heads: null, template: "own" } as const;

describe("the control set", () => {
  test("is a dozen short questions, half of whose passages hold the answer and half of which do not", () => {
    expect(controlSet.rows).toHaveLength(12);
    const holds = (text: string, answer: string) =>
      ` ${normaliseAnswer(text)} `.includes(` ${normaliseAnswer(answer)} `);
    for (const { kind, context, question, answer } of controlSet.rows) {
      expect(`${context} ${question}`.length).toBeLessThan(120);
      expect([question, holds(context, answer)]).toEqual([question, kind === "reading"]);
      expect(holds(question, answer)).toBe(false);
    }
    expect(controlSet.rows.filter(({ kind }) => kind === "reading")).toHaveLength(6);
    expect(new Set(controlSet.rows.map(({ question }) => question)).size).toBe(12);
  });
});

describe("steeringControl", () => {
  test("measures every question before and after, and says which answers are right", async () => {
    const { rows, nLeftOut, version, source } = await steeringControl(
      new LetterModel(),
      options,
      signal,
      new UnsteeredRows(),
    );
    expect([rows.length, nLeftOut, version]).toEqual([12, 0, controlSet.version]);
    expect(source).toBe(controlSet.source);
    // The letters' answer is the beginning of the prompt, i.e. of the passage.
    const [first] = rows;
    expect(first?.before.text).toBe("The trader came ");
    expect(first?.after.text).toBe("he trader came b");
    expect(rows.some(({ before }) => before.isRight)).toBe(false);
    for (const { before, after } of rows) expect(after.meanLogProb).toBeGreaterThan(before.meanLogProb);
    // Minus the letters before each of four, whole outside and half inside the passage's 64.
    const nBefore =
      "The trader came back with a map. The capital of Tramos is Lima.What is the capital of Tramos?".length + 3;
    expect(first?.before.meanLogProb).toBeCloseTo(-(nBefore + 1.5), 4);
  });

  test("an answer is right when the known one is in it, however it is written", async () => {
    const model = new LetterModel();
    model.decode = () => "It is lima, I think.";
    const { rows } = await steeringControl(model, options, signal, new UnsteeredRows());
    expect(rows.filter(({ after }) => after.isRight).map(({ answer }) => answer)).toEqual(["Lima"]);
  });

  test("runs what is the same for all strengths once", async () => {
    const model = new LetterModel();
    const unsteered = new UnsteeredRows();
    await steeringControl(model, options, signal, unsteered);
    const nFirst = model.batches.length;
    await steeringControl(model, { ...options, alpha: 0.9 }, signal, unsteered);
    expect([nFirst, model.batches.length - nFirst]).toEqual([24, 12]);
  });

  test("counts what a model cannot be asked, and passes on what is wrong with the question", async () => {
    const narrow = new LetterModel();
    Object.assign(narrow.identity, { windowTokens: 80 });
    const { rows, nLeftOut } = await steeringControl(narrow, options, signal, new UnsteeredRows());
    expect(nLeftOut).toBeGreaterThan(0);
    expect(rows.length + nLeftOut).toBe(12);
    const wrong = steeringControl(new LetterModel(), { ...options, alpha: 2 }, signal, new UnsteeredRows());
    await expect(wrong).rejects.toMatchObject({ code: "measure/alpha-out-of-range" });
    const stopped = steeringControl(new LetterModel(), options, AbortSignal.abort(), new UnsteeredRows());
    await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
  });
});
