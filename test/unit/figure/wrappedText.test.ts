import { describe, expect, it } from "vitest";
import { labelWidthPx } from "../../../src/figure/plot.ts";
import { wrappedLines } from "../../../src/figure/wrappedText.ts";

const roomPx = labelWidthPx("twelve cells");

describe("wrappedLines", () => {
  it("breaks at spaces, inside a word only where it is longer than the line", () => {
    expect(wrappedLines("The capital of France", roomPx, 4)).toEqual(["The capital", "of France"]);
    expect(wrappedLines("x".repeat(20), roomPx, 4)).toEqual(["x".repeat(12), "x".repeat(8)]);
    expect(wrappedLines("東京は日本の首都です", roomPx, 4)).toEqual(["東京は日本の", "首都です"]);
  });

  it("ends in an ellipsis when there is more than its lines hold", () => {
    expect(wrappedLines("one two three four five six seven", roomPx, 2)).toEqual(["one two", "three four …"]);
  });
});
