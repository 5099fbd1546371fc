import { describe, expect, test } from "vitest";
import { rowPattern, tokenAttention } from "../../../src/engine/rowAttention.ts";
import { letterAttention } from "../../fixture/letterAttention.ts";
import { LetterModel, letterRow } from "../../fixture/letterModel.ts";

const row = letterRow("who", "Ann", "Bo");
const open = { template: "own", book: "open" } as const;

describe("rowPattern", () => {
  test("gives every head of a layer", async () => {
    const { values, nHeads, nGiven, nTokens, prompt } = await rowPattern(row, new LetterModel(), {
      ...open,
      layerIdx: 1,
      heads: "each",
    });
    expect([nHeads, nGiven, nTokens]).toEqual([2, 2, prompt.tokenIds.length]);
    expect(values[(nTokens + 5) * nTokens + 5]).toBeCloseTo(letterAttention.mass(1, 1, 5, 5), 6);
  });

  test("pools heads or picks one", async () => {
    const at = async (heads: "mean" | "max" | number) => {
      const { values, nTokens, nGiven } = await rowPattern(row, new LetterModel(), { ...open, layerIdx: 0, heads });
      expect([nGiven, values.length]).toEqual([1, nTokens * nTokens]);
      return values[5 * nTokens + 5];
    };
    expect(await at(0)).toBeCloseTo(1 / 6, 6);
    expect(await at(1)).toBeCloseTo(1 / 2, 6);
    expect(await at("max")).toBeCloseTo(1 / 2, 6);
    expect(await at("mean")).toBeCloseTo((1 / 6 + 1 / 2) / 2, 6);
  });

  test("says which heads there are when asked for another", async () => {
    await expect(rowPattern(row, new LetterModel(), { ...open, layerIdx: 0, heads: 2 })).rejects.toMatchObject({
      code: "measure/head-out-of-range",
      data: { layerIdx: 0, headIdx: 2, nHeads: 2 },
    });
  });
});

describe("tokenAttention", () => {
  test("gives where one token looks, in every layer and head, and runs no further than it", async () => {
    const model = new LetterModel();
    const { values, nLayers, nHeads, nKeys } = await tokenAttention(row, model, { ...open, tokenIdx: 4 });
    expect([nLayers, nHeads, nKeys]).toEqual([3, 2, 5]);
    expect([...values.subarray(0, 5)].map((mass) => mass.toFixed(2))).toEqual(Array(5).fill("0.20"));
    expect([...values.subarray(15, 20)].map((mass) => mass.toFixed(2))).toEqual([
      "0.67",
      "0.00",
      "0.00",
      "0.00",
      "0.33",
    ]);
    expect(model.attentionRequests[0]?.tokenIds).toHaveLength(5);
  });

  test.each([-1, 11, 1.5])("has no token %d", async (tokenIdx) => {
    await expect(tokenAttention(row, new LetterModel(), { ...open, tokenIdx })).rejects.toMatchObject({
      code: "measure/no-such-token",
      data: { tokenIdx, nTokens: 11 },
    });
  });

  test("refuses a row longer than the window", async () => {
    const long = letterRow("w".repeat(300), "", "t");
    await expect(tokenAttention(long, new LetterModel(), { ...open, tokenIdx: 0 })).rejects.toMatchObject({
      code: "row/too-long",
    });
  });
});
