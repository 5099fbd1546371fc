import { expect, test } from "vitest";
import { type AskedQuestion, conflictFlags, isConflict } from "../../../src/core/conflictQuality.ts";

const item = (changes: Partial<AskedQuestion> = {}): AskedQuestion => ({
  question: "What is the capital of France?",
  context: "The king moved. The capital of France is Lima.",
  contextualAnswers: ["Lima"],
  parametricAnswers: ["Paris"],
  ...changes,
});

test("a conflict without faults has no flag", () => {
  expect(conflictFlags([item()])).toEqual([[]]);
});

test.each([
  ["answer-not-in-context", item({ context: "The king moved to Peru." })],
  ["memory-in-context", item({ context: "Once it was Paris. The capital of France is Lima." })],
  ["answers-overlap", item({ contextualAnswers: ["Lima"], parametricAnswers: ["Lima Region"] })],
  ["answers-overlap", item({ contextualAnswers: ["South Lima", "Lima"], parametricAnswers: ["the South"] })],
] as const)("%s is flagged", (flag, asked) => {
  expect(conflictFlags([asked])).toEqual([[flag]]);
});

test("one name in the context is enough", () => {
  expect(conflictFlags([item({ contextualAnswers: ["Ciudad de los Reyes", "Lima"] })])).toEqual([[]]);
});

test("what is asked again is flagged from the second time on, however it is written", () => {
  const again = item({ question: "what is  the capital of france", contextualAnswers: ["lima"] });
  const other = item({ context: "The capital of France is Lima." });
  expect(conflictFlags([item(), again, other, item()])).toEqual([[], ["duplicate"], [], ["duplicate"]]);
});

test("without a context there is nothing to leak", () => {
  expect(conflictFlags([item({ context: null, contextualAnswers: [] })])).toEqual([[]]);
});

test("where both answers agree the context holds them without a flag", () => {
  expect(conflictFlags([item({ parametricAnswers: ["lima"] })])).toEqual([[]]);
});

test("a conflict needs a context and two answers that share no name", () => {
  expect(isConflict(item())).toBe(true);
  expect(isConflict(item({ context: null }))).toBe(false);
  expect(isConflict(item({ parametricAnswers: [] }))).toBe(false);
  expect(isConflict(item({ parametricAnswers: ["Paris", "The Lima"] }))).toBe(false);
});
