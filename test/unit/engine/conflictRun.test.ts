import { describe, expect, it } from "vitest";
import type { AskedQuestion } from "../../../src/core/conflictQuality.ts";
import { type ConflictAsking, conflictRow, effectiveTemplate } from "../../../src/engine/conflictPrompt.ts";
import { conflictRun } from "../../../src/engine/conflictRun.ts";
import { LetterModel } from "../../fixture/letterModel.ts";

const asking: ConflictAsking = { template: "own", wording: "bare", indicator: null };
const question: AskedQuestion = {
  question: "Who?",
  context: "It is Al.",
  contextualAnswers: ["Al", "Alan"],
  parametricAnswers: ["Bob"],
};
const signal = new AbortController().signal;
const options = { asking, maxNewTokens: 300, withAttention: true, signal };

/** Letters before each letter of the answer, as the letter model counts them. */
const lettersBefore = (nPrompt: number, answer: string) =>
  Array.from(answer, (_, idx) => nPrompt + idx).reduce((sum, each) => sum + each, 0);

describe("a question put to a model", () => {
  it("is answered and scored with and without its context", async () => {
    const [item] = await conflictRun([question], new LetterModel(), options);
    const openPrompt = "It is Al.\nWho?>";
    const closedPrompt = "Who?>";
    expect(item?.problems).toEqual([]);
    expect(item?.open).toEqual({
      nPromptTokens: openPrompt.length,
      output: openPrompt,
      nOutputTokens: openPrompt.length,
      stop: "end-of-turn",
      contextual: { sum: -lettersBefore(openPrompt.length, "Al"), firstToken: -openPrompt.length, nTokens: 2 },
      parametric: { sum: -lettersBefore(openPrompt.length, "Bob"), firstToken: -openPrompt.length, nTokens: 3 },
    });
    expect(item?.closed).toMatchObject({
      output: closedPrompt,
      contextual: { sum: -lettersBefore(closedPrompt.length, "Al") },
      parametric: { sum: -lettersBefore(closedPrompt.length, "Bob") },
    });
  });

  it("shows how much its last token looks at the context", async () => {
    const [item] = await conflictRun([question], new LetterModel(), options);
    const nPrompt = "It is Al.\nWho?>".length;
    // Of each layer the first head looks at all alike, the second at itself and for the rest at the first letter.
    const masses = [0, 1, 2].flatMap((layerIdx) => ["It is Al.".length / nPrompt, 1 - 1 / (layerIdx + 2)]);
    expect(item?.contextMass).toBeCloseTo(masses.reduce((sum, mass) => sum + mass, 0) / 6, 6);
    const [blind] = await conflictRun([question], new LetterModel(), { ...options, withAttention: false });
    expect(blind?.contextMass).toBeNull();
  });

  it("from memory has no open book, and no answer that it does not have", async () => {
    const recall = { ...question, context: null, contextualAnswers: [] };
    const [item] = await conflictRun([recall], new LetterModel(), options);
    expect([item?.open, item?.contextMass, item?.closed?.contextual]).toEqual([null, null, null]);
    expect(item?.closed?.parametric?.nTokens).toBe(3);
  });

  it("that is too long says so, and the others go on", async () => {
    const long = { ...question, context: "x".repeat(300) };
    const [bad, good] = await conflictRun([long, question], new LetterModel(), options);
    expect(bad).toMatchObject({ open: null, closed: null, contextMass: null });
    expect(bad?.problems).toEqual([
      { code: "row/too-long", severity: "error", data: { nTokens: 306, windowTokens: 200 } },
    ]);
    expect(good?.problems).toEqual([]);
  });

  it("whose answer does not fit any more is too long too", async () => {
    const long = { ...question, contextualAnswers: ["y".repeat(196)] };
    const [item] = await conflictRun([long], new LetterModel(), options);
    expect(item?.problems[0]).toMatchObject({ code: "row/too-long" });
  });

  it("runs once where several items ask it alike", async () => {
    const model = new LetterModel();
    const prompts: number[] = [];
    const generateMany = model.generateMany.bind(model);
    model.generateMany = async (all, given) => {
      prompts.push(...all.map(({ length }) => length));
      return generateMany(all, given);
    };
    const other = { ...question, context: "It is Alan." };
    const items = await conflictRun([question, other, question], model, options);
    // Two open-book prompts and one closed-book; two answers each.
    expect(prompts).toHaveLength(3);
    expect(model.batches.flat()).toHaveLength(6);
    expect(items[2]).toEqual(items[0]);
  });

  it("is not asked any more once the run is cancelled", async () => {
    const run = conflictRun([question], new LetterModel(), { ...options, signal: AbortSignal.abort() });
    await expect(run).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("the words of a question", () => {
  const words = (changes: Partial<ConflictAsking>, book: "open" | "closed" = "open") => {
    const { prompt } = conflictRow(question, "Al", { ...asking, ...changes });
    const parts = prompt[0]?.parts ?? [];
    return parts
      .filter(({ kind }) => book === "open" || kind === "text")
      .map(({ text }) => text)
      .join("");
  };

  it.each([
    [{}, "It is Al.\nWho?", "Who?"],
    [{ template: "off" }, "It is Al.\nWho?", "Who?"],
    [{ template: "plain" }, "It is Al.\nQuestion: Who?\nAnswer:", "Question: Who?\nAnswer:"],
    [{ wording: "passage" }, "It is Al.\nAnswer the question according to the above passage: Who?", "Who?"],
    [{ indicator: "[IND]" }, "It is Al.\nWho? [IND]", "Who? [IND]"],
    [{ indicator: "!", template: "plain" }, "It is Al.\nQuestion: Who? !\nAnswer:", "Question: Who? !\nAnswer:"],
  ] as const)("asked as %j are %j, and without the context %j", (changes, open, closed) => {
    expect([words(changes), words(changes, "closed")]).toEqual([open, closed]);
  });

  it("of a base model are those of the plain template", () => {
    const model = new LetterModel();
    expect(effectiveTemplate(model, "own")).toBe("own");
    model.hasChatTemplate = false;
    expect(["own", "off", "plain"].map((name) => effectiveTemplate(model, name as "own"))).toEqual([
      "plain",
      "off",
      "plain",
    ]);
  });
});
