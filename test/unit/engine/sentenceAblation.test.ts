import { describe, expect, test } from "vitest";
import { maxAblatedSentences, sentenceAblation } from "../../../src/engine/sentenceAblation.ts";
import { LetterModel, letterRow } from "../../fixture/letterModel.ts";

const signal = new AbortController().signal;

describe("sentenceAblation", () => {
  test("removes each sentence in turn", async () => {
    const { sentences, nSentences } = await sentenceAblation(
      letterRow("q", "One. Three four. Five.", "t"),
      new LetterModel(),
      signal,
    );
    expect(nSentences).toBe(3);
    expect(sentences.map(({ text, tokenSpan }) => [text, tokenSpan])).toEqual([
      ["One. ", { start: 0, end: 5 }],
      ["Three four. ", { start: 5, end: 17 }],
      ["Five.", { start: 17, end: 22 }],
    ]);
    // The letter model finds a target the more probable the shorter its prompt; with the last sentence the space goes.
    expect(sentences.map(({ logProbFall }) => logProbFall)).toEqual([-5, -12, -6]);
  });

  test("gives each sentence its share of the attention, and the agreement of both", async () => {
    const { sentences, tau } = await sentenceAblation(
      letterRow("q", "One. Three four. Five.", "t"),
      new LetterModel(),
      signal,
    );
    // 25 tokens before the answer. The first head looks at all alike; the second at the first token and itself.
    const sink = (1 / 2 + 2 / 3 + 3 / 4) / 6;
    expect(sentences[0]?.attentionShare).toBeCloseTo(5 / 25 / 2 + sink, 5);
    expect(sentences[1]?.attentionShare).toBeCloseTo(12 / 25 / 2, 5);
    expect(sentences[2]?.attentionShare).toBeCloseTo(5 / 25 / 2, 5);
    // Falls -5 > -6 > -12; shares: first, second, third.
    expect(tau).toBeCloseTo(1 / 3, 6);
  });

  test("without its only sentence a row is its closed book", async () => {
    const model = new LetterModel();
    const { sentences, tau } = await sentenceAblation(letterRow("q", "Only one.", "t"), model, signal);
    expect(sentences[0]?.logProbFall).toBe(-10);
    expect(tau).toBeNaN();
    expect(model.batches.flat().sort((a, b) => a - b)).toEqual([3, 13]);
  });

  test("joins neighbours beyond the limit and says how many there were", async () => {
    const model = new LetterModel();
    model.identity.windowTokens = 10_000;
    const context = "It is so. ".repeat(maxAblatedSentences * 2).trim();
    const { sentences, nSentences } = await sentenceAblation(letterRow("q", context, "t"), model, signal);
    expect([sentences.length, nSentences]).toEqual([maxAblatedSentences, 2 * maxAblatedSentences]);
    expect(sentences.map(({ text }) => text).join("")).toBe(context);
  });

  test("finds the sentences of several passages", async () => {
    const row = {
      prompt: [
        { role: "user" as const, parts: [{ kind: "context" as const, text: "One." }] },
        { role: "assistant" as const, parts: [{ kind: "text" as const, text: "ok" }] },
        {
          role: "user" as const,
          parts: [
            { kind: "context" as const, text: "Two. Six." },
            { kind: "text" as const, text: "q" },
          ],
        },
      ],
      target: { kind: "text" as const, text: "t" },
    };
    const { sentences } = await sentenceAblation(row, new LetterModel(), signal);
    expect(sentences.map(({ text, tokenSpan }) => [text, tokenSpan.start])).toEqual([
      ["One.", 0],
      ["Two. ", 8],
      ["Six.", 13],
    ]);
  });

  test("needs a context, and stops when cancelled", async () => {
    await expect(sentenceAblation(letterRow("q", "", "t"), new LetterModel(), signal)).rejects.toMatchObject({
      code: "row/no-context",
    });
    await expect(
      sentenceAblation(letterRow("q", "One. Two.", "t"), new LetterModel(), AbortSignal.abort()),
    ).rejects.toMatchObject({ code: "cancelled" });
  });
});
