import fc from "fast-check";
import { expect, test } from "vitest";
import { containsAnswer, formula, normaliseAnswer } from "../../../src/core/answerContainment.ts";

test.each([
  ["The  Eiffel Tower!", "eiffel tower"],
  ["U.S.", "us"],
  ["a cat, an owl and the dog", "cat owl and dog"],
  ["theatre anthem", "theatre anthem"],
  ["ＣＨＩＡＮＧ　Ｍａｉ", "chiang mai"],
  ["“São Paulo”", "são paulo"],
  ["Sa\u0303o Paulo", "são paulo"],
  ["$5 + 3 = 8~", "5 3 8"],
  ["line\nbreak\tand\u00a0space", "line break and space"],
  ["The", ""],
  ["...", ""],
  ["à la carte", "à la carte"],
])("%s is compared as %s", (text, expected) => {
  expect(normaliseAnswer(text)).toBe(expected);
});

test("contains whole words only", () => {
  expect(containsAnswer("The capital is Rome.", ["Rome"])).toBe(true);
  expect(containsAnswer("Romeo lives there.", ["Rome"])).toBe(false);
  expect(containsAnswer("It is New  York City", ["new york"])).toBe(true);
  expect(containsAnswer("York, the new one", ["New York"])).toBe(false);
});

test("any name will do; a name of nothing but articles and marks never does", () => {
  expect(containsAnswer("in the U.S. Senate", ["United States", "US"])).toBe(true);
  expect(containsAnswer("the end", ["The", "..."])).toBe(false);
  expect(containsAnswer("", ["Rome"])).toBe(false);
  expect(containsAnswer("Rome", [])).toBe(false);
});

const words = fc.array(fc.constantFrom("Rome", "is", "an", "old", "city", "É", "42", "the"), {
  minLength: 1,
  maxLength: 8,
});

test("normalising twice changes nothing more", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        words.map((list) => list.join(" ")),
      ),
      (text) => {
        expect(normaliseAnswer(normaliseAnswer(text))).toBe(normaliseAnswer(text));
      },
    ),
  );
});

test("an answer is found wherever it stands, whatever surrounds it", () => {
  fc.assert(
    fc.property(words, words, (before, after) => {
      expect(containsAnswer([...before, "Chiang", "Mai", ...after].join(" "), ["chiang mai"])).toBe(true);
      expect(containsAnswer(`${before.join(", ")} (Chiang Mai). ${after.join("")}`, ["chiang mai"])).toBe(true);
      expect(containsAnswer([...before, ...after].join(" "), ["chiang mai"])).toBe(false);
    }),
  );
});

test("the formula has a name and a version", () => {
  expect(formula).toEqual({ name: "answer containment", version: 1 });
});
