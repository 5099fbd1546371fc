import { describe, expect, test } from "vitest";
import { inspectRow } from "../../../src/engine/inspectRow.ts";
import { LetterModel, letterRow } from "../../fixture/letterModel.ts";

describe("inspectRow", () => {
  test("gives tokens, texts and log-probabilities of both books", async () => {
    const inspection = await inspectRow(letterRow("who", "Ann", "Bo"), new LetterModel());
    expect(inspection.open.tokenTexts.join("")).toBe("Ann\nwho>Bo\0");
    expect(inspection.open.logProbs).toEqual(Float32Array.of(-8, -9, -10));
    expect(inspection.closed?.prompt.text).toBe("who>Bo\0");
    expect(inspection.closed?.logProbs).toEqual(Float32Array.of(-4, -5, -6));
  });

  test("has no closed book for a row without context", async () => {
    expect((await inspectRow(letterRow("who", "", "Bo"), new LetterModel())).closed).toBeNull();
  });

  test("says why a row cannot be scored", async () => {
    await expect(inspectRow(letterRow("w".repeat(400), "c", "t"), new LetterModel())).rejects.toMatchObject({
      code: "row/too-long",
      data: { nTokens: 405, windowTokens: 200 },
    });
  });
});
