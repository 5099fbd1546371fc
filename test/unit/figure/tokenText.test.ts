import { describe, expect, it } from "vitest";
import { visibleTokenText } from "../../../src/figure/tokenText.ts";

describe("visibleTokenText", () => {
  it.each([
    ["", "∅"],
    ["  ", "··"],
    [" a b ", "·a b·"],
    ["\u200d", "U+200D"],
    ["\ufe0f", "U+FE0F"],
    ["\u2003", "U+2003"],
    ["\u{e0001}", "U+E0001"],
    [" \u200b", "· U+200B"],
    ["\u200b".repeat(10_000), "U+200B U+200B U+200B U+200B …"],
    ["👩\u200d👧", "👩\u200d👧"],
    ["\u202ex", "\ufffdx"],
  ])("shows %j as %j", (token, shown) => {
    expect(visibleTokenText(token)).toBe(shown);
  });
});
