import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AutoTokenizer, env, pipeline } from "@huggingface/transformers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contextAwareLogProbs, largestIndices } from "../../src/core/contextAwareDecoding.ts";
import type { Row } from "../../src/core/row.ts";
import { contextDecoding } from "../../src/engine/contextDecoding.ts";
import { decodedAnswers } from "../../src/engine/decodedAnswers.ts";
import { dependencyScores } from "../../src/engine/dependencyScores.ts";
import { generateAnswer } from "../../src/engine/generateAnswer.ts";
import type { InspectableModel } from "../../src/engine/inspectableModel.ts";
import { rowPattern, tokenAttention } from "../../src/engine/rowAttention.ts";
import { rowFigures } from "../../src/engine/rowFigures.ts";
import { rowLedger } from "../../src/engine/rowLedger.ts";
import { sentenceAblation } from "../../src/engine/sentenceAblation.ts";
import { steerRow } from "../../src/engine/steerRow.ts";
import { openLanguageModel } from "../../src/model/loadedModel.ts";
import { largestDifference } from "../fixture/decoderReference.ts";

const modelFolder = join(import.meta.dirname, "..", "..", "media", "model");
const signal = new AbortController().signal;
const template = "own";

function rowOf(question: string, context: string, target: string): Row {
  const passage = [
    { kind: "context" as const, text: context },
    { kind: "separator" as const, text: "\n" },
  ];
  return {
    prompt: [
      { role: "system", parts: [{ kind: "text", text: "Answer briefly." }] },
      { role: "user", parts: [...(context ? passage : []), { kind: "text", text: question }] },
    ],
    target: { kind: "text", text: target },
  };
}

const row = rowOf(
  "What is the capital of Zubrowka?",
  "Visitors like it. It rains in winter. The capital of Zubrowka is Lutz.",
  "The capital of Zubrowka is Lutz.",
);

/** One prompt of `test/golden/bundledAttention.json`; `rows` are `[layer][head][key]`. */
interface GoldenAttention {
  readonly tokenIds: number[];
  readonly queryPosition: number;
  readonly rows: number[][][];
}

let model: InspectableModel;
beforeAll(async () => {
  model = await openLanguageModel(modelFolder, { scoresLater: true });
});
afterAll(() => model.release());

describe("figures of the bundled model", () => {
  it("give the log-probabilities of the scoring session and a choice at least as probable as the target", async () => {
    const { open, closed } = await rowFigures(row, model, { template, signal });
    for (const book of [open, closed]) {
      const { prompt, figures } = book ?? open;
      const end = prompt.target.start + figures.logProbs.length;
      const scored = { start: prompt.target.start, end };
      const [scores] = await model.logProbs([{ tokenIds: prompt.tokenIds.slice(0, end), scored }]);
      expect(largestDifference(figures.logProbs, scores ?? [])).toBeLessThan(1e-4);
      for (const [t, logProb] of figures.logProbs.entries()) {
        const best = figures.topLogProbs[5 * t] ?? 0;
        expect(figures.ranks[t] === 0 ? Math.abs(best - logProb) : best - logProb).toBeGreaterThanOrEqual(0);
        expect(figures.topLogProbs.slice(5 * t, 5 * t + 5)).toEqual(
          figures.topLogProbs
            .slice(5 * t, 5 * t + 5)
            .sort()
            .reverse(),
        );
        expect(figures.entropies[t]).toBeGreaterThan(0);
      }
    }
  });
});

describe("attention of the bundled model", () => {
  it("ledger: reduced taps are the sums over full patterns, by role", async () => {
    const { withTemplate } = await rowLedger(row, model, signal);
    const ledger = withTemplate ?? expect.unreachable();
    const { nLayers, nHeads, roles, queryIdx, masses } = ledger;
    expect([nLayers, nHeads]).toEqual([model.nAttentionLayers, masses.length / nLayers / roles.length]);
    for (let layerIdx = 0; layerIdx < nLayers; layerIdx++) {
      const pattern = await rowPattern(row, model, { template, book: "open", layerIdx, heads: "each" });
      for (let headIdx = 0; headIdx < nHeads; headIdx++) {
        const attended = pattern.values.subarray(
          (headIdx * pattern.nTokens + queryIdx) * pattern.nTokens,
          (headIdx * pattern.nTokens + queryIdx + 1) * pattern.nTokens,
        );
        for (const [roleIdx, role] of roles.entries()) {
          const own = pattern.prompt.segments.filter((segment) => segment.role === role);
          const sum = own
            .flatMap(({ tokenSpan }) => [...attended.subarray(tokenSpan.start, tokenSpan.end)])
            .reduce((total, mass) => total + mass, 0);
          const mass = masses[(layerIdx * nHeads + headIdx) * roles.length + roleIdx] ?? Number.NaN;
          expect(Math.abs(mass - sum)).toBeLessThan(1e-6);
        }
      }
    }
  });

  it("one token's attention is its row of every pattern", async () => {
    const tokenIdx = 20;
    const { values, nKeys, nHeads } = await tokenAttention(row, model, { template, book: "open", tokenIdx });
    const pattern = await rowPattern(row, model, { template, book: "open", layerIdx: 1, heads: 2 });
    const own = values.subarray((nHeads + 2) * nKeys, (nHeads + 3) * nKeys);
    const start = tokenIdx * pattern.nTokens;
    expect(largestDifference(own, pattern.values.subarray(start, start + nKeys))).toBeLessThan(1e-6);
  });

  it("dependency: a layer's score is the same whether asked alone or with others, and in [0, 1]", async () => {
    const all = Array.from({ length: model.nAttentionLayers }, (_, layerIdx) => layerIdx);
    const [together] = await dependencyScores([row], model, { layers: all, signal });
    const [alone] = await dependencyScores([row], model, { layers: [1], signal });
    expect(together?.layers.map(({ layerIdx }) => layerIdx)).toEqual(all);
    expect(alone?.layers[0]?.score).toBeCloseTo(together?.layers[1]?.score ?? Number.NaN, 5);
    for (const { score } of together?.layers ?? []) {
      expect(score).toBeGreaterThan(0);
      expect(score).toBeLessThanOrEqual(1);
    }
  });

  it("equals PyTorch's eager attention at the last prompt token, in every layer and head", async () => {
    const goldenFile = join(import.meta.dirname, "..", "golden", "bundledAttention.json");
    const { examples }: { examples: GoldenAttention[] } = JSON.parse(readFileSync(goldenFile, "utf8"));
    expect(examples.length).toBeGreaterThan(0);
    for (const { tokenIds, queryPosition, rows } of examples) {
      const nGroups = tokenIds.length;
      const groups = Float32Array.from({ length: nGroups * nGroups }, (_, idx) =>
        Math.floor(idx / nGroups) === idx % nGroups ? 1 : 0,
      );
      const request = { tokenIds: Int32Array.from(tokenIds), queries: [queryPosition], groups, nGroups, layers: null };
      const { masses } = await model.reducedAttention(request);
      // The file keeps five decimals.
      expect(largestDifference(masses, rows.flat(2))).toBeLessThan(1.5e-5);
    }
  });
});

describe("steering the bundled model", () => {
  const options = { span: "context", keys: "all", heads: null, template, maxNewTokens: 12, answers: ["Lutz"] } as const;

  it("with alpha 1 is bit-identical, with less it changes the scores of its mode", async () => {
    const neutral = await steerRow(row, model, { ...options, alpha: 1 }, signal);
    expect(neutral.after.logProbs).toEqual(neutral.before.logProbs);
    expect(neutral.after.answer?.tokenIds).toEqual(neutral.before.answer?.tokenIds);
    const all = await steerRow(row, model, { ...options, alpha: 0.5 }, signal);
    const prompt = await steerRow(row, model, { ...options, alpha: 0.5, keys: "prompt" }, signal);
    expect(all.before.logProbs).toEqual(neutral.before.logProbs);
    expect(all.after.logProbs).not.toEqual(all.before.logProbs);
    // The first answer token has only keys of the prompt before it: both modes weaken the same.
    expect(prompt.after.logProbs[0]).toBeCloseTo(all.after.logProbs[0] ?? Number.NaN, 4);
    expect(prompt.after.logProbs).not.toEqual(all.after.logProbs);
  });
});

describe("the bundled model's own answers", () => {
  it("are those of transformers.js, token by token", async () => {
    env.allowRemoteModels = false;
    env.useFSCache = false;
    const tokenizer = await AutoTokenizer.from_pretrained(modelFolder, { local_files_only: true });
    const generate = await pipeline("text-generation", modelFolder, { dtype: "fp32", local_files_only: true });
    for (const [question, context] of [
      ["What is the capital of France?", ""],
      ["What is the capital of Zubrowka?", "Visitors like it. The capital of Zubrowka is Lutz."],
      ["Who are you?", ""],
    ] as const) {
      const asked = rowOf(question, context, "x");
      const answer = await generateAnswer(asked, model, { template, book: "open", maxNewTokens: 24, signal });
      const messages = asked.prompt.map(({ role, parts }) => ({
        role,
        content: parts.map(({ text }) => text).join(""),
      }));
      const prompt = tokenizer.apply_chat_template(messages, { tokenize: false, add_generation_prompt: true });
      expect(answer.prompt.text).toBe(prompt);
      const [output] = await generate(messages, { max_new_tokens: 24, do_sample: false });
      const last = (output as { generated_text: { content: string }[] }).generated_text.at(-1);
      expect(answer.text).toBe(last?.content);
    }
    await generate.dispose();
  });

  it("do without the template, and end at the model's window", async () => {
    const plain = await generateAnswer(row, model, { template: "plain", book: "open", maxNewTokens: 4, signal });
    expect(plain.prompt.text).not.toContain("<|user|>");
    const long = rowOf("w ".repeat(240), "", "x");
    const answer = await generateAnswer(long, model, { template, book: "open", maxNewTokens: 500, signal });
    expect(answer.prompt.tokenIds.length + answer.tokenIds.length).toBeLessThanOrEqual(model.identity.windowTokens);
  });
});

describe("the context in the bundled model", () => {
  it("previews context-aware decoding from the two passes of the figures", async () => {
    const { choices } = await contextDecoding(row, model, { template, targetIdx: 0, signal });
    const { open } = await rowFigures(row, model, { template, signal });
    const best = choices[0]?.top.map(({ tokenId }) => tokenId);
    expect(best).toEqual([...open.figures.topIds.subarray(0, 5)]);
    expect(choices[0]?.top[0]?.logProb).toBeCloseTo(open.figures.topLogProbs[0] ?? Number.NaN, 4);
    expect(choices[0]?.top[0]?.text).toBe(open.topTexts[0]?.[0]);
  });

  it("says whole answers under context-aware decoding: those of whole prompts run anew for every token", async () => {
    const asked = rowOf("What is the capital of France?", "The capital of France is Lima.", "x");
    const anew = async (alpha: number) => {
      const said: number[] = [];
      const next = (book: "open" | "closed") =>
        model.nextLogProbs(Int32Array.of(...model.generationPrompt(asked, book, template).tokenIds, ...said));
      while (said.length < 10) {
        const [tokenId = 0] = largestIndices(contextAwareLogProbs(await next("open"), await next("closed"), alpha), 1);
        if (model.stopIds.has(tokenId)) break;
        said.push(tokenId);
      }
      return said;
    };
    const { answers, flip } = await decodedAnswers(asked, model, { template, maxNewTokens: 10, signal });
    for (const { alpha, tokenIds } of answers) expect([...tokenIds]).toEqual(await anew(alpha));
    const plain = await generateAnswer(asked, model, { template, book: "open", maxNewTokens: 10, signal });
    expect(answers[0]?.tokenIds).toEqual(plain.tokenIds);
    expect(answers[0]?.logProbs[0]).toBeCloseTo(plain.logProbs[0] ?? Number.NaN, 4);
    const { alpha, tokenIdx } = flip ?? expect.unreachable();
    expect(await anew(alpha - 1e-3)).toEqual([...plain.tokenIds]);
    expect((await anew(alpha + 1e-3)).findIndex((id, t) => id !== plain.tokenIds[t])).toBe(tokenIdx);
  });

  it("finds by ablation the sentence that holds the answer", async () => {
    const { sentences } = await sentenceAblation(row, model, signal);
    expect(sentences).toHaveLength(3);
    const falls = sentences.map(({ logProbFall }) => logProbFall ?? 0);
    expect(falls.indexOf(Math.max(...falls))).toBe(2);
    for (const { attentionShare } of sentences) expect(attentionShare).toBeGreaterThan(0);
  });
});
