import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { joinNeighbours, sentenceSpans } from "../../../src/core/sentenceSpans.ts";

const sentences = (text: string) => sentenceSpans(text).map(({ start, end }) => text.slice(start, end));

describe("sentenceSpans", () => {
  test("cuts behind the white space that follows a sentence", () => {
    expect(sentences("It rains. Is it cold? Yes!")).toEqual(["It rains. ", "Is it cold? ", "Yes!"]);
    expect(sentences("東京は首都です。大阪は違う。")).toEqual(["東京は首都です。", "大阪は違う。"]);
  });

  test("gives blank lines to a neighbour and finds nothing in blank text", () => {
    expect(sentences("\n\nOne.\n\n\nTwo.\n")).toEqual(["\n\nOne.\n\n\n", "Two.\n"]);
    expect(sentences(" \n ")).toEqual([]);
    expect(sentences("")).toEqual([]);
  });

  test("covers any text that is not blank, in order", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const joined = sentences(text).join("");
        expect(joined).toBe(text.trim() === "" ? "" : text);
      }),
    );
  });
});

describe("joinNeighbours", () => {
  test("leaves few items alone and joins many evenly", () => {
    expect(joinNeighbours([1, 2, 3], 5)).toEqual([[1], [2], [3]]);
    expect(joinNeighbours([1, 2, 3, 4, 5], 2)).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
    expect(joinNeighbours([], 4)).toEqual([]);
  });
});
