import { expect, test } from "vitest";
import { firstSentence, formula, holdsAnswer } from "../../../src/core/containingScore.ts";

test.each([
  ["The capital is Lima. It lies at the sea.", "The capital is Lima."],
  ["  Lima\nQuestion: Who?", "Lima"],
  ["Is it Lima? No.", "Is it Lima?"],
  ["It was written by J. K. Rowling. She lives there.", "It was written by J. K. Rowling."],
  ["It is in St. Louis. Yes.", "It is in St. Louis."],
  ["He met Dr. No. Then he left.", "He met Dr. No. Then he left."],
  ["It costs 1.50 coins", "It costs 1.50 coins"],
  ["J. K.", "J. K."],
  ["東京です。大阪ではない。", "東京です。"],
  ["", ""],
  [" \n ", ""],
])("the first sentence of %j is %j", (output, expected) => {
  expect(firstSentence(output)).toBe(expected);
});

test("an answer behind the first sentence does not count", () => {
  expect(holdsAnswer("The capital is Lima. Not Paris.", ["Lima"])).toBe(true);
  expect(holdsAnswer("The capital is Lima. Not Paris.", ["Paris"])).toBe(false);
  expect(holdsAnswer("It is the City of Light.", ["Paris", "city of light"])).toBe(true);
});

test("the formula has a name and a version", () => {
  expect(formula).toEqual({ name: "containing score", version: 1 });
});
