import { describe, expect, test } from "vitest";
import { decodedAnswers } from "../../../src/engine/decodedAnswers.ts";
import { LetterModel, letterRow } from "../../fixture/letterModel.ts";

const signal = new AbortController().signal;
/** The context says n twice, the instruction e three times: open-book the model would say e, and e ever more. */
const row = letterRow("eee", "nn", "n");
const options = { template: "own", maxNewTokens: 4, signal } as const;

/** Ends an answer behind a number of tokens: its reading then says nothing but the code 0. */
class BriefModel extends LetterModel {
  readonly #nBeforeEnd: number;

  constructor(nBeforeEnd: number) {
    super();
    this.#nBeforeEnd = nBeforeEnd;
  }

  override async read(tokenIds: Int32Array, nSaid = 0): ReturnType<LetterModel["read"]> {
    const { nextLogProbs } = await super.read(tokenIds);
    if (nSaid >= this.#nBeforeEnd) nextLogProbs[0] = 0;
    return { nextLogProbs, after: (given) => this.read(Int32Array.of(...tokenIds, ...given), nSaid + given.length) };
  }
}

describe("decodedAnswers", () => {
  test("says the whole answer at alpha 0, 0.5 and 1, and just past the alpha at which it flips", async () => {
    const { answers, flip } = await decodedAnswers(row, new LetterModel(), options);
    // 4 * (4/4)^a = 3 * (3/1)^a at the first token; each e that is said moves the flips behind it further up.
    expect(flip?.alpha).toBeCloseTo(Math.log(4 / 3) / Math.log(3), 4);
    expect(flip).toMatchObject({ tokenIdx: 0, from: { text: "e" }, to: { text: "n" } });
    expect(answers.map(({ alpha, text, partsAt }) => [alpha, text, partsAt])).toEqual([
      [0, "eeee", null],
      [0.262, "nnnn", 0],
      [0.5, "nnnn", 0],
      [1, "nnnn", 0],
    ]);
    expect(answers[0]?.stop).toBe("length");
  });

  test("gives each token's words and its log-probability under the combination", async () => {
    const { answers } = await decodedAnswers(row, new LetterModel(), options);
    expect(answers[0]?.words).toEqual(["e", "e", "e", "e"]);
    // e said three times of seven letters and once more each, then four times of eight.
    expect(answers[0]?.logProbs[0]).toBeCloseTo(Math.log(4 / 135), 5);
    expect(answers[0]?.logProbs[1]).toBeCloseTo(Math.log(5 / 136), 5);
  });

  test("ends with a token that ends a turn, at the window, and where the length is reached", async () => {
    const brief = await decodedAnswers(row, new BriefModel(2), options);
    expect(brief.answers.map(({ tokenIds, stop }) => [tokenIds.length, stop])).toContainEqual([2, "end-of-turn"]);
    const small = new LetterModel();
    Object.assign(small.identity, { windowTokens: small.generationPrompt(row, "open", "own").tokenIds.length + 3 });
    const { answers } = await decodedAnswers(row, small, options);
    expect(answers.map(({ tokenIds, stop }) => [tokenIds.length, stop])).toContainEqual([3, "window"]);
  });

  test("says where answers part, also where one only ends sooner", async () => {
    const long = letterRow("eeeeeeee", "nn", "n");
    const { answers, flip } = await decodedAnswers(long, new LetterModel(), options);
    expect(flip?.alpha).toBeGreaterThan(0.5);
    for (const { alpha, partsAt } of answers) expect(partsAt === null).toBe(alpha <= (flip?.alpha ?? 0));
  });

  test("has no flip where the context says what the model says anyway", async () => {
    const same = await decodedAnswers(letterRow("q", "eeee", "n"), new LetterModel(), options);
    expect(same.flip).toBeNull();
    expect(same.answers.map(({ alpha, partsAt }) => [alpha, partsAt])).toEqual([
      [0, null],
      [0.5, null],
      [1, null],
    ]);
  });

  test("needs a context, and stops when cancelled", async () => {
    await expect(decodedAnswers(letterRow("who", "", "Bo"), new LetterModel(), options)).rejects.toMatchObject({
      code: "row/no-context",
    });
    const stopped = { ...options, signal: AbortSignal.abort() };
    await expect(decodedAnswers(row, new LetterModel(), stopped)).rejects.toMatchObject({ code: "cancelled" });
  });
});
