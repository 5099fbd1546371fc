import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { KeySteering } from "../../src/engine/inspectableModel.ts";
import { DecoderVariants } from "../../src/model/decoderVariants.ts";
import { runFigures } from "../../src/model/figuresRun.ts";
import { runGeneration } from "../../src/model/generationRun.ts";
import { openOnnxFile } from "../../src/model/onnxFile.ts";
import { describeDecoder } from "../../src/onnx/decoderGraph.ts";
import { goldenCells, readGolden, unpackCell } from "../fixture/decoderCell.ts";

const folder = mkdtempSync(join(tmpdir(), "golden-answers-"));
afterAll(() => rmSync(folder, { recursive: true }));

const nNewTokens = 5;
const bounds = { stopIds: new Set<number>(), windowTokens: 4096 };
const signal = new AbortController().signal;
/** What a cache can change: the order of float32 sums, and half precision where the weights have it. */
const tolerance = (layout: string) => (/16/.test(layout) ? 2e-2 : 2e-4);

/** The layouts whose files have caches, each as another program wrote it. */
const cells = goldenCells().filter(({ layout }) => /past|genai|merged/.test(layout));

describe.each(cells)("$architecture, $layout", ({ architecture, layout }) => {
  it("answers token by token as full runs do, steered or not", async () => {
    const path = unpackCell(folder, architecture, layout);
    const file = openOnnxFile(path);
    const { nHeads, tokenIds } = readGolden(architecture);
    const variants = new DecoderVariants(file, describeDecoder(file.model), { file: path, nHeads, threads: 1 });
    const prompt = Int32Array.from(tokenIds.slice(0, 12));
    const heads: KeySteering = {
      bias: Float32Array.from(prompt, (_, key) => (key < 4 ? 0 : -0.5)),
      generatedBias: -0.5,
      heads: [{ layerIdx: 0, headIdx: nHeads - 1 }],
    };
    for (const steering of [undefined, { ...heads, heads: null }, heads]) {
      const options = { maxNewTokens: nNewTokens, signal, ...(steering ? { steering } : {}) };
      const answer = await runGeneration(variants, prompt, bounds, options);
      const all = Int32Array.of(...prompt, ...answer.tokenIds);
      const whole = steering && { ...steering, bias: Float32Array.from(all, (_, key) => steering.bias[key] ?? -0.5) };
      const scored = { start: prompt.length, end: all.length };
      const [figures] = await runFigures(variants, [{ tokenIds: all, scored }], 1, whole);
      expect(answer.tokenIds).toHaveLength(nNewTokens);
      for (const [t, best] of (figures?.topLogProbs ?? []).entries()) {
        expect(best - (figures?.logProbs[t] ?? Number.NaN)).toBeLessThan(tolerance(layout));
        expect(Math.abs((answer.logProbs[t] ?? Number.NaN) - best)).toBeLessThan(tolerance(layout));
      }
    }
    await variants.release();
  });
});
