import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tensor } from "onnxruntime-node";
import { afterAll, describe, expect, it } from "vitest";
import { decoderFeeds, padBatch } from "../../src/model/decoderFeeds.ts";
import { openOnnxFile } from "../../src/model/onnxFile.ts";
import { createSession, loadOnnxRuntime, runSession } from "../../src/model/onnxRuntime.ts";
import { patternName, reducedAttentionName, tapPort } from "../../src/onnx/attentionTap.ts";
import { describeDecoder } from "../../src/onnx/decoderGraph.ts";
import { headPort } from "../../src/onnx/gatheredHead.ts";
import { type TrunkVariant, trunkBytes } from "../../src/onnx/instrumentation.ts";
import { keyBiasPort } from "../../src/onnx/steeringBias.ts";
import { buildDecoder, smallDecoder, writeDecoder } from "../fixture/decoder.ts";
import type { DecoderOptions } from "../fixture/decoderBuilder.ts";
import { largestDifference, referenceRun, someTokens } from "../fixture/decoderReference.ts";

const folder = mkdtempSync(join(tmpdir(), "onnx-attention-"));
afterAll(() => rmSync(folder, { recursive: true }));

const { nHeads, nLayers, vocabSize } = smallDecoder;
const layers = [0, 1, 2];
const nRoles = 3;
const queries = [3, 10, 22];

const layouts = [
  { attention: "unfused", past: true },
  { attention: "group-query", past: true },
  { attention: "group-query", past: false },
  { attention: "multi-head", past: false },
  { attention: "standard", past: true },
] as const;
const cases = layouts.flatMap((layout) => (["float32", "float16"] as const).map((dtype) => ({ ...layout, dtype })));

/** Extra inputs of a run, for every instrumented input that a variant can have. */
interface Extras {
  readonly keyBias?: (sequenceIdx: number, keyIdx: number) => number;
}

async function runTrunk(options: DecoderOptions, variant: TrunkVariant, tokenIds: Int32Array[], extras: Extras = {}) {
  const path = join(folder, "model.onnx");
  writeDecoder(path, options);
  const file = openOnnxFile(path);
  const session = await createSession(trunkBytes(file.model, variant), file.folder, path, {
    prepack: false,
    threads: 2,
  });
  const { Tensor } = await loadOnnxRuntime();
  const batch = padBatch(tokenIds);
  const { nSequences, nTokens } = batch;
  const feeds = await decoderFeeds(describeDecoder(file.model).inputs, batch);
  const isToken = (sequenceIdx: number, keyIdx: number) => keyIdx < (tokenIds[sequenceIdx]?.length ?? 0);
  const perKey = <T>(value: (sequenceIdx: number, keyIdx: number) => T) =>
    Array.from({ length: nSequences * nTokens }, (_, idx) => value(Math.floor(idx / nTokens), idx % nTokens));
  feeds[headPort.scoredRows] = new Tensor("int64", BigInt64Array.of(5n), [1]);
  feeds[tapPort.queryPositions] = new Tensor("int64", BigInt64Array.from(queries, BigInt), [queries.length]);
  feeds[tapPort.keyMask] = new Tensor("bool", Uint8Array.from(perKey(isToken), Number), [nSequences, 1, 1, nTokens]);
  const roles = perKey((sequenceIdx, keyIdx) => roleRow(isToken(sequenceIdx, keyIdx) ? keyIdx : -1)).flat();
  feeds[tapPort.roleMask] = new Tensor("float32", Float32Array.from(roles), [nSequences, 1, nTokens, nRoles]);
  feeds[keyBiasPort] = new Tensor("float32", Float32Array.from(perKey(extras.keyBias ?? (() => 0))), [
    nSequences,
    nTokens,
  ]);
  const outputs = await runSession(session, feeds, path);
  const { inputNames } = session;
  await session.release();
  return { outputs, inputNames };
}

/** The role of a key is its index modulo the number of roles; padding has none. */
function roleRow(keyIdx: number): number[] {
  return Array.from({ length: nRoles }, (_, role) => (keyIdx >= 0 && keyIdx % nRoles === role ? 1 : 0));
}

/** The patterns of an unfused float32 decoder of the same weights, read from its softmax. */
async function truePatterns(tokenIds: Int32Array): Promise<Float32Array[]> {
  const names = layers.map((layerIdx) => `layers.${layerIdx}.pattern`);
  const { inner } = await referenceRun(buildDecoder(smallDecoder), tokenIds, names);
  return names.map((name) => inner.get(name)?.data as Float32Array);
}

/** sum_k pattern[head, query, k] over the keys of each role, `[head, query, role]`, in float64. */
function reduce(pattern: Float32Array, nTokens: number, weight: (keyIdx: number) => number = () => 1): number[] {
  const reduced: number[] = [];
  for (let head = 0; head < nHeads; head++) {
    for (const query of queries) {
      const row = Array.from(
        pattern.subarray((head * nTokens + query) * nTokens, (head * nTokens + query + 1) * nTokens),
      );
      const weighted = row.map((mass, keyIdx) => mass * weight(keyIdx));
      const total = weight(-1) === 1 ? 1 : weighted.reduce((a, b) => a + b, 0);
      for (let role = 0; role < nRoles; role++) {
        reduced.push(weighted.reduce((sum, mass, keyIdx) => (keyIdx % nRoles === role ? sum + mass / total : sum), 0));
      }
    }
  }
  return reduced;
}

function floats(outputs: Readonly<Record<string, Tensor>>, name: string): Float32Array {
  return (outputs[name]?.data as Float32Array | undefined) ?? new Float32Array(0);
}

describe.each(cases)("$attention $dtype, cache inputs: $past", ({ attention, dtype, past }) => {
  const options = { ...smallDecoder, attention, dtype, past };
  const tolerance = dtype === "float32" ? 1e-5 : 1e-2;

  it("taps every layer, reduced by role, equal to sums over the full patterns", async () => {
    const ids = someTokens(24, vocabSize);
    const patterns = await truePatterns(ids);
    const { outputs } = await runTrunk(options, { hiddenRows: true, reducedAttention: layers }, [ids]);
    for (const layerIdx of layers) {
      const reduced = floats(outputs, reducedAttentionName(layerIdx));
      expect(largestDifference(reduced, reduce(patterns[layerIdx] ?? new Float32Array(0), 24))).toBeLessThan(tolerance);
    }
    expect(outputs[reducedAttentionName(0)]?.dims).toEqual([1, nHeads, queries.length, nRoles]);
  });

  it("gives a padded sequence the taps it has alone", async () => {
    const [short, long] = [someTokens(24, vocabSize, 1), someTokens(60, vocabSize, 2)];
    const alone = await runTrunk(options, { hiddenRows: false, reducedAttention: [1] }, [short]);
    const together = await runTrunk(options, { hiddenRows: false, reducedAttention: [1] }, [short, long]);
    const own = floats(together.outputs, reducedAttentionName(1)).slice(0, nHeads * queries.length * nRoles);
    expect(largestDifference(own, floats(alone.outputs, reducedAttentionName(1)))).toBeLessThan(tolerance);
  });

  it("gives the whole pattern of one layer, nothing above the diagonal", async () => {
    const ids = someTokens(24, vocabSize);
    const patterns = await truePatterns(ids);
    const { outputs } = await runTrunk(options, { hiddenRows: false, pattern: 2 }, [ids]);
    const pattern = floats(outputs, patternName(2));
    expect(outputs[patternName(2)]?.dims).toEqual([1, nHeads, 24, 24]);
    expect(largestDifference(pattern, patterns[2] ?? [])).toBeLessThan(tolerance);
    const above = pattern.filter((_, idx) => idx % 24 > Math.floor(idx / 24) % 24);
    expect(above.every((mass) => mass === 0)).toBe(true);
  });

  it("steers: every key outside the span counts alpha times, renormalised", async () => {
    const ids = someTokens(24, vocabSize);
    const alpha = 0.3;
    const inSpan = (keyIdx: number) => keyIdx >= 4 && keyIdx < 9;
    const [first] = await truePatterns(ids);
    const variant = { hiddenRows: false, reducedAttention: [0], steeredLayers: layers };
    const keyBias = (_sequenceIdx: number, keyIdx: number) => (inSpan(keyIdx) ? 0 : Math.log(alpha));
    const { outputs } = await runTrunk(options, variant, [ids], { keyBias });
    const expected = reduce(first ?? new Float32Array(0), 24, (keyIdx) => (inSpan(keyIdx) ? 1 : alpha));
    expect(largestDifference(floats(outputs, reducedAttentionName(0)), expected)).toBeLessThan(tolerance);
  });

  it("gives the unsteered result with a bias of zero, bit by bit, and changes the result with another", async () => {
    const ids = someTokens(24, vocabSize);
    const variant = { hiddenRows: true, steeredLayers: layers };
    const plain = await runTrunk(options, { hiddenRows: true }, [ids]);
    const zero = await runTrunk(options, variant, [ids]);
    const steered = await runTrunk(options, variant, [ids], {
      keyBias: (_sequenceIdx, keyIdx) => (keyIdx < 3 ? 0 : -1),
    });
    const rows = floats(plain.outputs, headPort.hiddenRows);
    // With a bias ONNX Runtime adds and masks the scores of this one case in another order, in half precision.
    const rounding = attention === "group-query" && dtype === "float16" ? 2 ** -8 : 0;
    expect(largestDifference(floats(zero.outputs, headPort.hiddenRows), rows)).toBeLessThanOrEqual(rounding);
    expect(largestDifference(floats(steered.outputs, headPort.hiddenRows), rows)).toBeGreaterThan(0.01);
  });

  it("removes the layers behind the last tapped one, and gives the same taps", async () => {
    const ids = someTokens(24, vocabSize);
    const all = await runTrunk(options, { hiddenRows: true, reducedAttention: [0] }, [ids]);
    const cut = await runTrunk(options, { hiddenRows: false, reducedAttention: [0] }, [ids]);
    expect(floats(cut.outputs, reducedAttentionName(0))).toEqual(floats(all.outputs, reducedAttentionName(0)));
    expect(Object.keys(cut.outputs)).toEqual([reducedAttentionName(0)]);
    expect(cut.inputNames.some((name) => /[12]\.(key|value)/.test(name))).toBe(false);
    expect(nLayers).toBe(3);
  });
});
