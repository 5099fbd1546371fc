import { describe, expect, test } from "vitest";
import { generateAnswer } from "../../../src/engine/generateAnswer.ts";
import { LetterModel, letterRow } from "../../fixture/letterModel.ts";

const signal = new AbortController().signal;
const row = letterRow("who", "Ann", "Bo");
const options = { template: "own", book: "open", maxNewTokens: 64, signal } as const;

describe("generateAnswer", () => {
  test("answers the prompt, which does not hold the target", async () => {
    const answer = await generateAnswer(row, new LetterModel(), options);
    expect(answer.prompt.text).toBe("Ann\nwho>");
    expect(answer.prompt.target).toEqual({ start: 8, end: 8 });
    expect(answer).toMatchObject({ text: "Ann\nwho>", stop: "end-of-turn" });
    expect(answer.tokenTexts.join("")).toBe(answer.text);
    expect(answer.logProbs).toHaveLength(8);
    expect(answer.durationMs).toBeGreaterThanOrEqual(0);
  });

  test("answers without the context, and without template", async () => {
    expect((await generateAnswer(row, new LetterModel(), { ...options, book: "closed" })).text).toBe("who>");
    expect((await generateAnswer(row, new LetterModel(), { ...options, template: "plain" })).text).toBe("Ann\nwho\n");
  });

  test("stops at the asked length", async () => {
    const answer = await generateAnswer(row, new LetterModel(), { ...options, maxNewTokens: 2 });
    expect(answer).toMatchObject({ text: "An", stop: "length" });
  });

  test("makes the steering from the prompt as it is given", async () => {
    const lengths: number[] = [];
    const steering = (prompt: { tokenIds: Int32Array }) => {
      lengths.push(prompt.tokenIds.length);
      return { bias: new Float32Array(prompt.tokenIds.length).fill(-1), generatedBias: -1, heads: null };
    };
    expect((await generateAnswer(row, new LetterModel(), { ...options, steering })).text).toBe("nn\nwho>");
    expect(lengths).toEqual([8]);
  });
});
