import { describe, expect, it } from "vitest";
import { countOf, natsText, perplexityText, shareText } from "../../../src/figure/numberText.ts";

describe("numbers as text", () => {
  it.each([
    [1, "1.00"],
    [3.4142, "3.41"],
    [34.14, "34.1"],
    [128.4, "128"],
    [12_345, "12,300"],
    [2.13e8, "2.1e+8"],
    [null, "–"],
    [Number.NaN, "–"],
    [Number.POSITIVE_INFINITY, "–"],
  ])("writes the perplexity %s as %s", (perplexity, text) => {
    expect(perplexityText(perplexity)).toBe(text);
  });

  it.each([
    [0, "0.00"],
    [-0.0001, "0.00"],
    [0.314, "+0.31"],
    [-2.1, "−2.10"],
    [null, "–"],
    [Number.NaN, "–"],
  ])("writes %s nats as %s", (nats, text) => {
    expect(natsText(nats)).toBe(text);
  });

  it.each([
    [0, 0, "0 %"],
    [1, 4, "25 %"],
    [1, 1000, "0.1 %"],
    [12, 12, "100 %"],
  ])("writes %d of %d as %s", (part, whole, text) => {
    expect(shareText(part, whole)).toBe(text);
  });

  it("agrees with its noun", () => {
    expect([countOf(1, "row"), countOf(2048, "row"), countOf(0, "row")]).toEqual(["1 row", "2,048 rows", "0 rows"]);
  });
});
