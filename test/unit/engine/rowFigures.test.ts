import { describe, expect, test } from "vitest";
import { rowFigures } from "../../../src/engine/rowFigures.ts";
import { LetterModel, letterRow } from "../../fixture/letterModel.ts";

const signal = new AbortController().signal;

describe("rowFigures", () => {
  test("gives both books, the words of the five best tokens and the end of turn", async () => {
    const { open, closed } = await rowFigures(letterRow("who", "Ann", "Bo"), new LetterModel(), {
      template: "own",
      signal,
    });
    expect(open.prompt.text).toBe("Ann\nwho>Bo\0");
    expect(open.logProbs).toEqual(Float32Array.of(-8, -9, -10));
    expect(open.figures.ranks).toHaveLength(3);
    expect(open.topTexts).toEqual(Array(3).fill(["a", "b", "c", "d", "e"]));
    expect(closed?.logProbs).toEqual(Float32Array.of(-4, -5, -6));
  });

  test("runs each book alone, so that a result does not depend on the other's length", async () => {
    const model = new LetterModel();
    await rowFigures(letterRow("who", "Ann", "Bo"), model, { template: "own", signal });
    expect(model.batches).toEqual([[11], [7]]);
  });

  test("renders without template when asked", async () => {
    const { open } = await rowFigures(letterRow("who", "", "Bo"), new LetterModel(), { template: "plain", signal });
    expect(open.prompt.text).toBe("who\nBo");
    expect(open.logProbs).toHaveLength(2);
  });

  test("says why a row cannot be scored", async () => {
    const model = new LetterModel();
    const look = (instruction: string, target: string) =>
      rowFigures(letterRow(instruction, "", target), model, { template: "own", signal });
    await expect(look("w".repeat(400), "t")).rejects.toMatchObject({ code: "row/too-long" });
    await expect(look("w", "")).rejects.toMatchObject({ code: "row/no-target-tokens" });
    expect(model.batches).toEqual([]);
  });

  test("stops between the books when cancelled", async () => {
    const model = new LetterModel();
    const controller = new AbortController();
    model.onBatch = () => controller.abort();
    const options = { template: "own" as const, signal: controller.signal };
    await expect(rowFigures(letterRow("who", "Ann", "Bo"), model, options)).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(model.batches).toHaveLength(1);
  });
});
