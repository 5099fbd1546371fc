import { existsSync } from "node:fs";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Row, TextPart } from "../../src/core/row.ts";
import type { LanguageModel, SegmentedPrompt, TokenSequence } from "../../src/engine/languageModel.ts";
import { openLanguageModel } from "../../src/model/loadedModel.ts";
import { describeModel } from "../../src/model/modelDescription.ts";

const folder = fileURLToPath(new URL("../../media/model", import.meta.url));

function part(kind: TextPart["kind"], text: string): TextPart {
  return { kind, text };
}
const row: Row = {
  prompt: [
    {
      role: "user",
      parts: [
        part("context", "Zanzibar is a town in Peru."),
        part("separator", "\n"),
        part("text", "Where is Zanzibar?"),
      ],
    },
  ],
  target: part("text", "Zanzibar is in Peru."),
};
function sequence({ tokenIds, target }: SegmentedPrompt): TokenSequence {
  return { tokenIds: tokenIds.slice(0, target.end), scored: target };
}
const sum = (values: Float32Array | undefined) => [...(values ?? [])].reduce((total, value) => total + value, 0);

describe.skipIf(!existsSync(join(folder, "config.json")))("the bundled model", () => {
  let model: LanguageModel;
  beforeAll(async () => {
    model = await openLanguageModel(folder);
  }, 60_000);
  afterAll(() => model?.release());

  it("says what it is", () => {
    expect(model.identity.modelHash).toMatch(/^[0-9a-f]{64}$/);
    expect(model.identity.templateHash).toMatch(/^[0-9a-f]{64}$/);
    expect(model.identity).toMatchObject({ name: "model", windowTokens: 512 });
    expect(model.identity.nLayers).toBeGreaterThan(0);
  });

  it("renders its roles and its end of turn", () => {
    const prompt = model.segment(row, "open");
    expect(prompt.segments.map(({ role }) => role)).toEqual([
      "bos",
      "template",
      "context",
      "user",
      "user",
      "template",
      "target",
      "template",
    ]);
    expect(model.tokenTexts(prompt.tokenIds)[prompt.endOfTurnIdx]).toBe("<|end|>");
    expect(prompt.endOfTurnIdx).toBe(prompt.target.end);
  });

  it("scores a row in every book, batched as alone, better with the context that holds the answer", async () => {
    const prompts = (["open", "closed", "answer-only"] as const).map((book) => model.segment(row, book));
    const together = await model.logProbs(prompts.map(sequence));
    const nTarget = prompts[0] ? prompts[0].target.end - prompts[0].target.start : 0;
    expect(together.map((logProbs) => logProbs.length)).toEqual([nTarget, nTarget, nTarget]);
    expect(together.every((logProbs) => logProbs.every((value) => value <= 0 && Number.isFinite(value)))).toBe(true);
    for (const [idx, prompt] of prompts.entries()) {
      const [alone] = await model.logProbs([sequence(prompt)]);
      for (const [tokenIdx, value] of (alone ?? []).entries()) expect(together[idx]?.[tokenIdx]).toBeCloseTo(value, 4);
    }
    expect(sum(together[0])).toBeGreaterThan(sum(together[1]));
    expect(sum(together[1])).toBeGreaterThan(sum(together[2]));
  });

  it("is described without loading its weights", async () => {
    const description = await describeModel(folder);
    expect(description).toMatchObject({
      template: "chat",
      hashKind: "full",
      unsupported: null,
      modelHash: model.identity.modelHash,
    });
    expect(description.graph).toMatchObject({
      leakNats: null,
      nLayers: model.identity.nLayers,
      vocabSize: model.identity.vocabSize,
    });
    expect(description.graph?.attention).toHaveLength(model.identity.nLayers);
    expect(description.graph?.nHeads).toBeGreaterThan(0);
  });
});

describe.skipIf(!existsSync(join(folder, "config.json")))("a model that is not whole", () => {
  let copy: string;
  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), "model-"));
    await cp(folder, copy, { recursive: true });
  });
  afterAll(() => rm(copy, { recursive: true, force: true }));

  it("is refused with the file's name where the graph is cut short", async () => {
    await writeFile(join(copy, "onnx", "model.onnx"), Buffer.from([8, 8, 58, 255, 255, 3, 10]));
    await expect(openLanguageModel(copy)).rejects.toMatchObject({
      code: expect.stringMatching(/^model\/file-(truncated|corrupt)$/),
      data: { file: expect.stringContaining("model.onnx") },
    });
  });
});
