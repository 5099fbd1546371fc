import { describe, expect, it } from "vitest";
import { answerText, conflictMeasures, type MeasuredQuestion } from "../../../src/engine/conflictMeasures.ts";
import type { AskedBook, AskedItem } from "../../../src/engine/conflictRun.ts";

const question: MeasuredQuestion = {
  kind: "conflict",
  group: "capital",
  question: "What is the capital?",
  context: "It is Lima.",
  contextualAnswers: ["Lima"],
  parametricAnswers: ["Paris"],
};

const book = (output: string, contextual = -1, parametric = -2): AskedBook => ({
  nPromptTokens: 9,
  output,
  nOutputTokens: 3,
  stop: "end-of-turn",
  contextual: { sum: contextual, firstToken: contextual / 2, nTokens: 2 },
  parametric: { sum: parametric, firstToken: parametric / 2, nTokens: 2 },
});

const item = (open: AskedBook | null, closed: AskedBook | null = book("Paris", -5, -3)): AskedItem => ({
  open,
  closed,
  contextMass: 0.25,
  problems: [],
});

describe("the numbers of an item", () => {
  it("say what its outputs hold, whole and in the first sentence", () => {
    const measures = conflictMeasures(question, item(book("It was Paris. Now it is Lima.")), "own");
    expect(measures).toMatchObject({
      kind: "conflict",
      cluster: "capital",
      open: { contextual: true, parametric: true },
      openSentence: { contextual: false, parametric: true },
      closed: { contextual: false, parametric: true },
      contextMass: 0.25,
    });
  });

  it("hold M_C of whole answers and of first tokens", () => {
    const { contextPreference, firstTokenContextPreference } = conflictMeasures(question, item(book("Lima")), "own");
    expect(contextPreference).toBeCloseTo(Math.exp(-1) / (Math.exp(-1) + Math.exp(-2)), 12);
    expect(firstTokenContextPreference).toBeCloseTo(Math.exp(-0.5) / (Math.exp(-0.5) + Math.exp(-1)), 12);
  });

  it("are probed where the closed book prefers the memory", () => {
    const isProbed = (contextual: number, parametric: number) =>
      conflictMeasures(question, item(book("Lima"), book("", contextual, parametric)), "own").isProbed;
    expect([isProbed(-5, -3), isProbed(-3, -5), isProbed(-3, -3)]).toEqual([true, false, false]);
    expect(conflictMeasures(question, item(null, null), "own").isProbed).toBe(false);
  });

  it("are no conflict's where the context contradicts nothing", () => {
    const { parametricAnswers: _none, ...rest } = question;
    const read: MeasuredQuestion = { ...rest, kind: "contextual", parametricAnswers: [] };
    const measures = conflictMeasures(read, item({ ...book("Lima"), parametric: null }), "own");
    expect(measures).toMatchObject({
      open: { contextual: true, parametric: null },
      contextPreference: null,
      firstTokenContextPreference: null,
      isProbed: false,
    });
  });

  it("are of the answer's line alone in the plain template", () => {
    const output = " Lima\nQuestion: And before?\nAnswer: Paris";
    expect(answerText(output, "plain")).toBe("Lima");
    expect(answerText(output, "off")).toBe(output);
    expect(conflictMeasures(question, item(book(output)), "plain").open).toEqual({
      contextual: true,
      parametric: false,
    });
    expect(conflictMeasures(question, item(book(output)), "own").open).toEqual({ contextual: true, parametric: true });
  });
});
