import { describe, expect, it } from "vitest";
import { readConflictQuestion } from "../../../src/dataset/conflictRecord.ts";
import type { JsonObject } from "../../../src/dataset/jsonValue.ts";

const record: JsonObject = { context: "It is Lima.", question: "Which city?", answer: "Lima", memory_answer: "Paris" };

const read = (changes: JsonObject, groupKey: string | null = null) =>
  readConflictQuestion({ ...record, ...changes }, groupKey);

describe("a record that asks a question", () => {
  it("is a conflict where context and memory differ", () => {
    expect(readConflictQuestion(record, null)).toEqual({
      question: {
        kind: "conflict",
        question: "Which city?",
        context: "It is Lima.",
        contextualAnswers: ["Lima"],
        parametricAnswers: ["Paris"],
        group: "Which city?",
      },
      problems: [],
    });
  });

  it.each([
    [
      "another name of the key",
      { memory_answer: undefined, parametric_answer: "Paris" },
      "conflict",
      ["Lima"],
      ["Paris"],
    ],
    [
      "lists of names",
      { answer: ["Lima", " Callao "], memory_answer: ["Paris", ""] },
      "conflict",
      ["Lima", "Callao"],
      ["Paris"],
    ],
    ["no memory", { memory_answer: null }, "contextual", ["Lima"], []],
    ["agreement", { memory_answer: "lima" }, "contextual", ["Lima"], ["lima"]],
    ["SQuAD's answers", { answer: undefined, answers: { text: ["Lima"] } }, "conflict", ["Lima"], ["Paris"]],
    ["no context", { context: null }, "recall", [], ["Paris"]],
    ["a blank context", { context: " \n", memory_answer: undefined }, "recall", [], ["Lima"]],
    ["a memory alone", { context: undefined, answer: undefined }, "recall", [], ["Paris"]],
  ] as const)("reads %s", (_name, changes, kind, contextualAnswers, parametricAnswers) => {
    const { question, problems } = read(changes as JsonObject);
    expect(question).toMatchObject({ kind, contextualAnswers, parametricAnswers });
    expect(problems).toEqual([]);
  });

  it("belongs to the group that its key names, or to its question", () => {
    expect(read({ subject: "France" }, "subject").question?.group).toBe("France");
    expect(read({ subject: 7 }, "subject").question?.group).toBe("7");
    expect(read({ subject: null }, "subject").question?.group).toBe("Which city?");
    expect(read({}, "subject").question?.group).toBe("Which city?");
  });
});

describe("a record that asks nothing", () => {
  it.each([
    ["no question", { question: undefined }, "dataset/no-question", ["question"]],
    ["a blank question", { question: " " }, "dataset/no-question", ["question"]],
    ["a question that is no text", { question: 3 }, "dataset/no-question", ["question"]],
    ["a context that is no text", { context: ["It is Lima."] }, "dataset/not-a-text", ["context"]],
    ["no answer", { answer: "" }, "dataset/not-an-answer", ["answer"]],
    ["an answer that is a number", { answer: 4 }, "dataset/not-an-answer", ["answer"]],
    ["a memory that is an object", { memory_answer: {} }, "dataset/not-an-answer", ["memory_answer"]],
    ["empty answers", { answer: undefined, answers: { text: [] } }, "dataset/not-an-answer", ["answers", "text"]],
    [
      "neither context nor answers",
      { context: "", answer: [], memory_answer: [] },
      "dataset/not-an-answer",
      ["answer"],
    ],
  ] as const)("says %s and where", (_name, changes, code, path) => {
    const { question, problems } = read(changes as JsonObject);
    expect(question).toBeNull();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ code, severity: "error", path, data: { field: path.join(".") } });
  });
});
