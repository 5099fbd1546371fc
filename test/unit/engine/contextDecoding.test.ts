import { describe, expect, test } from "vitest";
import { contextDecoding } from "../../../src/engine/contextDecoding.ts";
import { LetterModel, letterRow } from "../../fixture/letterModel.ts";

const signal = new AbortController().signal;
/** The context says n twice, the instruction e three times: open-book the model would say e. */
const row = letterRow("eee", "nn", "n");

describe("contextDecoding", () => {
  test("shows the next token at alpha 0, 0.5 and 1", async () => {
    const { choices } = await contextDecoding(row, new LetterModel(), { template: "own", targetIdx: 0, signal });
    expect(choices.map(({ alpha, top }) => [alpha, top[0]?.text])).toEqual([
      [0, "e"],
      [0.5, "n"],
      [1, "n"],
    ]);
    expect(choices[0]?.top).toHaveLength(5);
    // e said three times of seven letters, and once more each.
    expect(choices[0]?.top[0]?.logProb).toBeCloseTo(Math.log(4 / (128 + 7)), 5);
  });

  test("finds the alpha at which the first token flips", async () => {
    const { flip } = await contextDecoding(row, new LetterModel(), { template: "own", targetIdx: 0, signal });
    expect([flip?.from.text, flip?.to.text]).toEqual(["e", "n"]);
    // 4 * (4/4)^a = 3 * (3/1)^a
    expect(flip?.alpha).toBeCloseTo(Math.log(4 / 3) / Math.log(3), 4);
    expect(flip?.from.logProb).toBeCloseTo(flip?.to.logProb ?? 0, 5);
  });

  test("has no flip where the context says what the model says anyway", async () => {
    const same = letterRow("q", "eeee", "n");
    expect((await contextDecoding(same, new LetterModel(), { template: "own", targetIdx: 0, signal })).flip).toBeNull();
  });

  test("looks at later tokens, behind the target's own", async () => {
    const long = letterRow("ee", "n", "zz");
    const { choices } = await contextDecoding(long, new LetterModel(), { template: "own", targetIdx: 1, signal });
    expect(choices[0]?.top.map(({ text }) => text)).toContain("z");
  });

  test("needs a context and a token of the target", async () => {
    const look = (each: typeof row, targetIdx: number) =>
      contextDecoding(each, new LetterModel(), { template: "own", targetIdx, signal });
    await expect(look(letterRow("who", "", "Bo"), 0)).rejects.toMatchObject({ code: "row/no-context" });
    await expect(look(row, 1)).rejects.toMatchObject({ code: "measure/no-such-answer-token" });
  });
});
