import { describe, expect, it } from "vitest";
import { excerpt, oneLine } from "../../../src/cli/plainText.ts";
import { textCells } from "../../../src/figure/textCells.ts";

describe("oneLine", () => {
  it.each([
    ["  a\n\tb  c ", "a b c"],
    ["\u001b[31mred\u001b[0m", "\ufffd[31mred\ufffd[0m"],
    ["\u001b]8;;http://x\u0007link", "\ufffd]8;;http://x\ufffdlink"],
    ["a\u202eb", "a\ufffdb"],
    ["\ud83d", "\ufffd"],
    ["東京\u3000駅", "東京 駅"],
  ])("makes %j a line that a terminal only prints", (text, line) => {
    expect(oneLine(text)).toBe(line);
  });
});

describe("excerpt", () => {
  it("keeps the beginning of a long text", () => {
    const kept = excerpt("word ".repeat(100_000));
    expect(textCells(kept)).toBeLessThanOrEqual(160);
    expect(kept).toMatch(/^word word .*…$/);
  });

  it("does not cut a pair of surrogates in two", () => {
    expect(excerpt("😀".repeat(3000)).isWellFormed()).toBe(true);
  });
});
