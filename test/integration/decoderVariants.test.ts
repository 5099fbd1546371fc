import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { KeySteering } from "../../src/engine/inspectableModel.ts";
import { runLayerPattern, runReducedAttention } from "../../src/model/attentionRun.ts";
import { decoderFeeds, padBatch } from "../../src/model/decoderFeeds.ts";
import { DecoderVariants } from "../../src/model/decoderVariants.ts";
import { runFigures, runNextLogProbs } from "../../src/model/figuresRun.ts";
import { runGeneration } from "../../src/model/generationRun.ts";
import { steeringFeeds } from "../../src/model/keySteeringFeeds.ts";
import { openOnnxFile } from "../../src/model/onnxFile.ts";
import { runSession } from "../../src/model/onnxRuntime.ts";
import { readTokens } from "../../src/model/readTokens.ts";
import { patternName } from "../../src/onnx/attentionTap.ts";
import { describeDecoder } from "../../src/onnx/decoderGraph.ts";
import { buildDecoder, smallDecoder, writeDecoder } from "../fixture/decoder.ts";
import type { DecoderOptions } from "../fixture/decoderBuilder.ts";
import { largestDifference, logProbOf, referenceRun, someTokens } from "../fixture/decoderReference.ts";

const folder = mkdtempSync(join(tmpdir(), "decoder-variants-"));
const open: DecoderVariants[] = [];
afterEach(async () => {
  for (const variants of open.splice(0)) await variants.release();
});
afterAll(() => rmSync(folder, { recursive: true }));

const { nHeads, nLayers, vocabSize } = smallDecoder;
const ids = someTokens(24, vocabSize);
const signal = new AbortController().signal;
const bounds = { stopIds: new Set<number>(), windowTokens: 128 };

function variantsOf(options: Partial<DecoderOptions>): DecoderVariants {
  const path = join(folder, `model-${open.length}.onnx`);
  writeDecoder(path, { ...smallDecoder, ...options });
  const file = openOnnxFile(path);
  const variants = new DecoderVariants(file, describeDecoder(file.model), { file: path, nHeads, threads: 2 });
  open.push(variants);
  return variants;
}

const alpha = 0.3;
const steering = (heads: KeySteering["heads"] = null): KeySteering => ({
  bias: Float32Array.from(ids, (_, key) => (key >= 4 && key < 9 ? 0 : Math.log(alpha))),
  generatedBias: Math.log(alpha),
  heads,
});
const everyHead = Array.from({ length: nLayers * nHeads }, (_, idx) => ({
  layerIdx: Math.floor(idx / nHeads),
  headIdx: idx % nHeads,
}));

describe.each([
  { attention: "unfused", past: true },
  { attention: "unfused", past: false },
  { attention: "group-query", past: true },
  { attention: "group-query", past: false },
  { attention: "multi-head", past: false },
  { attention: "standard", past: true },
] as const)("$attention, cache inputs: $past", (options) => {
  it("gives rank, entropy and the best tokens of the full logits", async () => {
    const [figures] = await runFigures(variantsOf(options), [{ tokenIds: ids, scored: { start: 3, end: 24 } }], 5);
    const { logits, nextLogProbs } = await referenceRun(buildDecoder(smallDecoder), ids);
    expect(largestDifference(figures?.logProbs ?? [], nextLogProbs.subarray(2))).toBeLessThan(1e-4);
    for (let t = 0; t < 21; t++) {
      const row = logits.subarray((t + 2) * vocabSize, (t + 3) * vocabSize);
      const all = Array.from(row, (_, id) => logProbOf(row, id));
      const own = all[ids[t + 3] ?? 0] ?? 0;
      expect(figures?.ranks[t]).toBe(all.filter((each) => each > own).length);
      expect(figures?.entropies[t]).toBeCloseTo(-all.reduce((sum, each) => sum + each * Math.exp(each), 0), 4);
      const best = all.map((_, id) => id).sort((a, b) => (all[b] ?? 0) - (all[a] ?? 0));
      expect([...(figures?.topIds.subarray(5 * t, 5 * t + 5) ?? [])]).toEqual(best.slice(0, 5));
      expect(figures?.topLogProbs[5 * t]).toBeCloseTo(all[best[0] ?? 0] ?? 0, 4);
    }
  });

  it("gives the whole distribution after a sequence", async () => {
    const logProbs = await runNextLogProbs(variantsOf(options), ids);
    const { logits } = await referenceRun(buildDecoder(smallDecoder), ids);
    const row = logits.subarray(23 * vocabSize);
    expect(
      largestDifference(
        logProbs,
        Array.from(row, (_, id) => logProbOf(row, id)),
      ),
    ).toBeLessThan(1e-4);
  });

  it("reduces attention to the sums over full patterns", async () => {
    const variants = variantsOf(options);
    const nGroups = 3;
    const groups = Float32Array.from({ length: 24 * nGroups }, (_, idx) =>
      Math.floor(idx / nGroups) % nGroups === idx % nGroups ? 1 : 0,
    );
    const queries = [0, 11, 23];
    const request = { tokenIds: ids, queries, groups, nGroups, layers: null };
    const reduced = await runReducedAttention(variants, request);
    expect([reduced.layers, reduced.nHeads]).toEqual([[0, 1, 2], nHeads]);
    for (const layerIdx of reduced.layers) {
      const { values, nTokens } = await runLayerPattern(variants, ids, layerIdx);
      for (let headIdx = 0; headIdx < nHeads; headIdx++) {
        queries.forEach((query, queryIdx) => {
          const row = values.subarray((headIdx * nTokens + query) * nTokens, (headIdx * nTokens + query + 1) * nTokens);
          for (let group = 0; group < nGroups; group++) {
            const sum = row.reduce((total, mass, key) => (key % nGroups === group ? total + mass : total), 0);
            const at = ((layerIdx * nHeads + headIdx) * queries.length + queryIdx) * nGroups + group;
            expect(Math.abs((reduced.masses[at] ?? Number.NaN) - sum)).toBeLessThan(1e-6);
          }
        });
      }
    }
    // A part of the layers gives the same, from a shorter graph; operators without taps add in another order.
    const cut = await runReducedAttention(variants, { ...request, layers: [1] });
    const size = nHeads * queries.length * nGroups;
    expect(largestDifference(cut.masses, reduced.masses.slice(size, 2 * size))).toBeLessThan(1e-6);
  });

  it("steers chosen heads by Eq. 1 and leaves the others as they are", async () => {
    const variants = variantsOf(options);
    const plain = await runLayerPattern(variants, ids, 0);
    const chosen = [{ layerIdx: 0, headIdx: 2 }];
    const feeds = {
      ...(await decoderFeeds(variants.decoder.inputs, padBatch([ids]))),
      ...(await steeringFeeds(steering(chosen), 24, variants)),
    };
    const variant = { hiddenRows: false, pattern: 0, steeredLayers: variants.layers, steeredHeads: true };
    const outputs = await variants.trunk(variant, ({ session, file }) => runSession(session, feeds, file));
    const expected = plain.values.map((mass, idx) => {
      const [headIdx, query, key] = [Math.floor(idx / 576), Math.floor(idx / 24) % 24, idx % 24];
      if (headIdx !== 2) return mass;
      const row = plain.values.subarray((headIdx * 24 + query) * 24, (headIdx * 24 + query + 1) * 24);
      const weight = (each: number) => (each >= 4 && each < 9 ? 1 : alpha);
      return (mass * weight(key)) / row.reduce((sum, each, at) => sum + each * weight(at), 0);
    });
    expect(largestDifference(outputs[patternName(0)]?.data as Float32Array, expected)).toBeLessThan(1e-6);
  });

  it("steers all heads by their mask as it steers them without one, and none by an empty mask", async () => {
    const variants = variantsOf(options);
    const sequence = { tokenIds: ids, scored: { start: 3, end: 24 } };
    const run = async (heads: KeySteering["heads"] | undefined) => {
      const [figures] = await runFigures(variants, [sequence], 0, heads === undefined ? undefined : steering(heads));
      return figures?.logProbs ?? new Float32Array();
    };
    const [plain, all] = [await run(undefined), await run(null)];
    expect(largestDifference(await run(everyHead), all)).toBeLessThan(1e-5);
    expect(largestDifference(await run([]), plain)).toBeLessThan(1e-5);
    expect(largestDifference(all, plain)).toBeGreaterThan(1e-3);
    expect(largestDifference(await run([{ layerIdx: 1, headIdx: 0 }]), all)).toBeGreaterThan(1e-3);
  });

  it("is bit-identical with alpha 1 and without steering", async () => {
    const variants = variantsOf(options);
    const sequence = { tokenIds: ids, scored: { start: 3, end: 24 } };
    const neutral = { bias: new Float32Array(24), generatedBias: 0, heads: null };
    const [plain] = await runFigures(variants, [sequence], 0);
    const [steered] = await runFigures(variants, [sequence], 0, neutral);
    expect(steered).toEqual(plain);
  });

  it("says the most probable tokens of full runs, steered or not", async () => {
    const variants = variantsOf(options);
    for (const each of [undefined, steering(), steering([{ layerIdx: 1, headIdx: 3 }])]) {
      const generation = { maxNewTokens: 12, signal, ...(each ? { steering: each } : {}) };
      const { tokenIds, logProbs, stop } = await runGeneration(variants, ids, bounds, generation);
      expect([tokenIds.length, stop]).toEqual([12, "length"]);
      const all = Int32Array.of(...ids, ...tokenIds);
      // A full run of prompt and answer, the answer's keys weakened too.
      const whole = each && { ...each, bias: Float32Array.from(all, (_, key) => each.bias[key] ?? each.generatedBias) };
      const [figures] = await runFigures(variants, [{ tokenIds: all, scored: { start: 24, end: 36 } }], 1, whole);
      expect([...tokenIds]).toEqual([...(figures?.topIds ?? [])]);
      expect(largestDifference(logProbs, figures?.logProbs ?? [])).toBeLessThan(1e-4);
    }
  });
});

describe("reading on", () => {
  it.each([
    { attention: "unfused", past: true },
    { attention: "group-query", past: true },
    { attention: "group-query", past: false },
  ] as const)(
    "$attention, cache inputs $past: says what the whole sequence says, from one prompt as often as wanted",
    async (options) => {
      const variants = variantsOf(options);
      const prompt = await readTokens(variants, ids, bounds.windowTokens);
      for (const said of [[3, 5, 7], [4]]) {
        let read = prompt;
        for (const tokenId of said) read = await read.after(Int32Array.of(tokenId));
        const whole = await runNextLogProbs(variants, Int32Array.of(...ids, ...said));
        expect(largestDifference(read.nextLogProbs, whole)).toBeLessThan(1e-4);
      }
      expect(largestDifference(prompt.nextLogProbs, await runNextLogProbs(variants, ids))).toBeLessThan(1e-4);
    },
  );

  it("goes on without a cache where one is refused on the way", async () => {
    const variants = variantsOf({ attention: "group-query", past: true });
    const prompt = await readTokens(variants, ids, bounds.windowTokens);
    variants.doWithoutCache();
    const { nextLogProbs } = await prompt.after(Int32Array.of(3));
    const whole = await runNextLogProbs(variants, Int32Array.of(...ids, 3));
    expect(largestDifference(nextLogProbs, whole)).toBeLessThan(1e-4);
  });

  it("refuses a prompt that fills the window", async () => {
    const variants = variantsOf({ attention: "unfused" });
    await expect(readTokens(variants, ids, 24)).rejects.toMatchObject({ code: "row/too-long" });
  });
});

describe("generation", () => {
  it("with a half-precision cache says what a full run says", async () => {
    const variants = variantsOf({ attention: "group-query", past: true, dtype: "float16" });
    const { tokenIds } = await runGeneration(variants, ids, bounds, { maxNewTokens: 8, signal });
    const all = Int32Array.of(...ids, ...tokenIds);
    const [figures] = await runFigures(variants, [{ tokenIds: all, scored: { start: 24, end: 32 } }], 1);
    for (const [t, best] of (figures?.topLogProbs ?? []).entries()) {
      // Two tokens may be as probable as each other within half-precision rounding.
      expect((figures?.logProbs[t] ?? 0) - best).toBeGreaterThan(-0.02);
    }
  });

  it("ends at a stop token, which is not part of the answer", async () => {
    const variants = variantsOf({ attention: "group-query" });
    const free = await runGeneration(variants, ids, bounds, { maxNewTokens: 10, signal });
    const stopId = free.tokenIds[4] ?? 0;
    const first = free.tokenIds.indexOf(stopId);
    const stopped = await runGeneration(
      variants,
      ids,
      { ...bounds, stopIds: new Set([stopId]) },
      { maxNewTokens: 10, signal },
    );
    expect(stopped).toMatchObject({ stop: "end-of-turn" });
    expect(stopped.tokenIds).toEqual(free.tokenIds.slice(0, first));
  });

  it("ends at the window and refuses a prompt that fills it", async () => {
    const variants = variantsOf({});
    const narrow = { ...bounds, windowTokens: 26 };
    expect(await runGeneration(variants, ids, narrow, { maxNewTokens: 10, signal })).toMatchObject({ stop: "window" });
    await expect(
      runGeneration(variants, ids, { ...bounds, windowTokens: 24 }, { maxNewTokens: 1, signal }),
    ).rejects.toMatchObject({ code: "row/too-long", data: { nTokens: 24, windowTokens: 24 } });
  });

  it("stops between two tokens when cancelled, telling each token before", async () => {
    const variants = variantsOf({});
    const controller = new AbortController();
    const told: number[] = [];
    const onToken = (tokenId: number) => {
      told.push(tokenId);
      if (told.length === 3) controller.abort();
    };
    await expect(
      runGeneration(variants, ids, bounds, { maxNewTokens: 50, signal: controller.signal, onToken }),
    ).rejects.toMatchObject({ code: "cancelled" });
    expect(told).toHaveLength(3);
  });
});

describe("what cannot be looked at", () => {
  it("names the layers and heads there are, and tokens out of range", async () => {
    const variants = variantsOf({});
    await expect(runLayerPattern(variants, ids, 3)).rejects.toMatchObject({
      code: "model/unsupported-graph",
      data: { reason: "layer", layerIdx: 3, nLayers: 3 },
    });
    const sequence = { tokenIds: ids, scored: { start: 3, end: 24 } };
    await expect(runFigures(variants, [sequence], 0, steering([{ layerIdx: 0, headIdx: 4 }]))).rejects.toMatchObject({
      code: "measure/head-out-of-range",
    });
    await expect(runLayerPattern(variants, Int32Array.of(1, vocabSize), 0)).rejects.toMatchObject({
      code: "model/token-out-of-range",
    });
  });
});
