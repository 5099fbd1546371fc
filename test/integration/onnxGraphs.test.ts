import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { decoderFeeds, padBatch } from "../../src/model/decoderFeeds.ts";
import { openOnnxFile } from "../../src/model/onnxFile.ts";
import { createSession, runSession } from "../../src/model/onnxRuntime.ts";
import { openOnnxSession } from "../../src/model/onnxSession.ts";
import { findAttention } from "../../src/onnx/attentionLayouts.ts";
import { type DecoderGraph, describeDecoder } from "../../src/onnx/decoderGraph.ts";
import { elementType } from "../../src/onnx/elementType.ts";
import { takeFloat32Inputs } from "../../src/onnx/floatInputs.ts";
import { GraphDraft } from "../../src/onnx/graphDraft.ts";
import { attributeOf, indexGraph } from "../../src/onnx/graphIndex.ts";
import { ModelProtoSchema, type NodeProto } from "../../src/onnx/proto/onnx_pb.ts";
import { brutePattern, splitHeads } from "../fixture/bruteAttention.ts";
import { openVariant, patternOf, reducedOf } from "../fixture/decoderCell.ts";
import { largestDifference, nextLogProbs, someTokens } from "../fixture/decoderReference.ts";
import { outputValues, tensorValues } from "../fixture/onnxTensor.ts";
import { sharedDataFolder } from "../fixture/sharedData.ts";

/** Small decoders that other programs are tested with; skipped where their folder is not there. */
const folder = sharedDataFolder("onnx-graphs");
const place = (name: string) => join(folder ?? "", name);
const nTokens = 20;
const gpt2 = "tiny-random-gpt2-fp32/past.onnx";
const llama = "tiny-random-llama-fp16/model.onnx";

/** Values from inside the file's own graph, float64. */
async function innerValues(path: string, decoder: DecoderGraph, ids: Int32Array, names: readonly string[]) {
  const file = openOnnxFile(path);
  const draft = new GraphDraft(file.model);
  takeFloat32Inputs(draft);
  names.forEach((name, idx) => {
    draft.addOutput(`inner_${idx}`, draft.float32(`inner-${idx}`, name), elementType.float32);
  });
  const bytes = toBinary(ModelProtoSchema, draft.model);
  const session = await createSession(bytes, dirname(path), path, { prepack: false, threads: 1 });
  const outputs: Readonly<Record<string, Tensor>> = await runSession(
    session,
    await decoderFeeds(decoder.inputs, padBatch([ids])),
    path,
  );
  await session.release();
  return names.map((_, idx) => outputValues(outputs[`inner_${idx}`]));
}

/** The nodes of attention in the file, first layer first. */
function attentionNodes(path: string): NodeProto[] {
  const { model } = openOnnxFile(path);
  return findAttention(indexGraph(new GraphDraft(model).graph)).map(({ node }) => node);
}

/** GPT-2's joint operator: queries and keys from the hidden state and the file's own weights, in float64. */
async function gpt2Patterns(path: string, decoder: DecoderGraph, ids: Int32Array): Promise<Float64Array[]> {
  const nodes = attentionNodes(path);
  const hidden = await innerValues(
    path,
    decoder,
    ids,
    nodes.map((node) => node.input[0] ?? ""),
  );
  const weights = fromBinary(ModelProtoSchema, readFileSync(path)).graph?.initializer ?? [];
  const values = (name: string | undefined) => {
    const tensor = weights.find((each) => each.name === name);
    return tensor === undefined ? new Float64Array(0) : tensorValues(tensor);
  };
  return nodes.map((node, layerIdx) => {
    const [weight, bias] = [values(node.input[1]), values(node.input[2])];
    const width = bias.length / 3;
    const project = (part: number) =>
      Float64Array.from({ length: ids.length * width }, (_, idx) => {
        const [row, column] = [Math.floor(idx / width), part * width + (idx % width)];
        let sum = bias[column] ?? Number.NaN;
        for (let inner = 0; inner < width; inner++) {
          sum += (hidden[layerIdx]?.[row * width + inner] ?? Number.NaN) * (weight[inner * 3 * width + column] ?? 0);
        }
        return sum;
      });
    const nHeads = decoder.nHeads ?? 1;
    const [query, key] = [project(0), project(1)].map((each) => splitHeads(each, 1, ids.length, nHeads));
    if (query === undefined || key === undefined) throw new Error("no heads");
    return brutePattern(query, key, {
      scale: 1 / Math.sqrt(query.dims[3]),
      bias: (_batchIdx, _headIdx, queryIdx, keyIdx) => (keyIdx > queryIdx ? Number.NEGATIVE_INFINITY : 0),
    });
  });
}

/** MultiHeadAttention: its own queries, keys and mask, read from the graph. */
async function multiHeadPatterns(path: string, decoder: DecoderGraph, ids: Int32Array): Promise<Float64Array[]> {
  const nodes = attentionNodes(path);
  const nHeads = decoder.nHeads ?? 1;
  const patterns: Float64Array[] = [];
  for (const node of nodes) {
    const names = [0, 1, 5].map((idx) => node.input[idx] ?? "");
    const [query, key, mask] = await innerValues(path, decoder, ids, names);
    patterns.push(
      brutePattern(splitHeads(query ?? [], 1, ids.length, nHeads), splitHeads(key ?? [], 1, ids.length, nHeads), {
        scale: attributeOf(node, "scale")?.f ?? Number.NaN,
        bias: (_batchIdx, _headIdx, queryIdx, keyIdx) => mask?.[queryIdx * ids.length + keyIdx] ?? Number.NaN,
      }),
    );
  }
  return patterns;
}

/** Sums over three roles, `[head, query, role]`. */
function sumsOverRoles(pattern: Float64Array): Float64Array {
  const sums = new Float64Array((pattern.length / nTokens) * 3);
  pattern.forEach((mass, idx) => {
    const sumIdx = Math.floor(idx / nTokens) * 3 + ((idx % nTokens) % 3);
    sums[sumIdx] = (sums[sumIdx] ?? 0) + mass;
  });
  return sums;
}

describe.skipIf(folder === null)("decoders of other programs", () => {
  it.each([
    { file: gpt2, kind: "fused", nLayers: 5, brute: gpt2Patterns, tolerance: 1e-6 },
    { file: llama, kind: "multi-head", nLayers: 2, brute: multiHeadPatterns, tolerance: 2e-3 },
  ])(
    "$file: taps and steering equal softmax, taken one number at a time",
    async ({ file, kind, nLayers, brute, tolerance }) => {
      const path = place(file);
      const decoder = describeDecoder(openOnnxFile(path).model);
      expect(decoder.attention).toEqual(Array.from({ length: nLayers }, () => kind));
      const ids = someTokens(nTokens, decoder.vocabSize);
      const patterns = await brute(path, decoder, ids);
      const layers = patterns.map((_, layerIdx) => layerIdx);
      const roles = (keyIdx: number) => [0, 1, 2].map((role) => (keyIdx % 3 === role ? 1 : 0));
      const tapped = await openVariant(path, decoder, { hiddenRows: true, reducedAttention: layers, pattern: 1 });
      const outputs = await tapped.run([ids], { roles });
      await tapped.release();
      for (const layerIdx of layers) {
        const expected = sumsOverRoles(patterns[layerIdx] ?? new Float64Array(0));
        expect(largestDifference(reducedOf(outputs, layerIdx), expected)).toBeLessThan(tolerance);
      }
      expect(largestDifference(patternOf(outputs, 1), patterns[1] ?? [])).toBeLessThan(tolerance);
      const steered = await openVariant(path, decoder, { hiddenRows: false, pattern: 0, steeredLayers: [0] });
      const keyBias = Float32Array.from(ids, (_, keyIdx) => (keyIdx < 7 ? 0 : Math.log(0.3)));
      const steeredOutputs = await steered.run([ids], { keyBias });
      await steered.release();
      expect(largestDifference(patternOf(steeredOutputs, 0), scaled(patterns[0] ?? new Float64Array(0)))).toBeLessThan(
        tolerance,
      );
    },
  );

  it.each([gpt2, llama, "tiny-random-lfm2-fp32/decoder.onnx"])(
    "%s: log-probabilities are those of its own logits",
    async (file) => {
      const path = place(file);
      const session = await openOnnxSession(path, { prepack: false, threads: 1 });
      const ids = someTokens(nTokens, session.decoder.vocabSize);
      const [logits = new Float64Array(0)] = await innerValues(path, session.decoder, ids, ["logits"]);
      const [logProbs] = await session.logProbs([{ tokenIds: ids, scored: { start: 1, end: nTokens } }]);
      await session.release();
      const expected = nextLogProbs(Float32Array.from(logits), ids);
      expect(largestDifference(logProbs ?? [], expected)).toBeLessThan(file === llama ? 0.02 : 1e-5);
    },
  );

  it("steers fused attention without taps as it does with them", async () => {
    const path = place(gpt2);
    const decoder = describeDecoder(openOnnxFile(path).model);
    const ids = someTokens(nTokens, decoder.vocabSize);
    const keyBias = Float32Array.from(ids, (_, keyIdx) => (keyIdx < 7 ? 0 : Math.log(0.3)));
    const rows: Float64Array[] = [];
    for (const taps of [{}, { reducedAttention: [0, 1, 2, 3, 4] }]) {
      const variant = await openVariant(path, decoder, { hiddenRows: true, steeredLayers: [0, 1, 2, 3, 4], ...taps });
      const outputs = await variant.run([ids], { keyBias });
      rows.push(outputValues(outputs.hidden_rows));
      await variant.release();
    }
    expect(rows[0]).toHaveLength(32);
    expect(largestDifference(rows[0] ?? [], rows[1] ?? [])).toBeLessThan(1e-5);
  });

  it("says that a graph without attention has none", async () => {
    const path = place("tiny-random-lfm2-fp32/decoder.onnx");
    const decoder = describeDecoder(openOnnxFile(path).model);
    expect(decoder.attention).toEqual([]);
    await expect(openVariant(path, decoder, { hiddenRows: false, pattern: 0 })).rejects.toMatchObject({
      code: "model/unsupported-graph",
      data: { reason: "no-attention" },
    });
  });

  it.each([
    ["synthetic-paged/decoder.onnx", "packed-tokens"],
    ["synthetic-composite/decoder.onnx", "packed-tokens"],
    ["synthetic-windowed-multiwrap/decoder.onnx", "packed-tokens"],
    ["static-scatter-bias-decoder/model.onnx", "static-cache"],
    ["dummy-decoder/decoder.onnx", "head"],
    ["pipeline-model-tiny/embeds.onnx", "no-logits"],
    ["pipeline-model-tiny/transformer.onnx", "no-token-input"],
    ["pipeline-model-tiny/lm_head.onnx", "no-token-input"],
  ])("%s is refused: %s", async (file, reason) => {
    await expect(openOnnxSession(place(file), { prepack: false, threads: 1 })).rejects.toMatchObject({
      code: "model/unsupported-graph",
      data: { reason },
    });
  });
});

/** Eq. 1 with alpha 0.3 for keys from the eighth on. */
function scaled(pattern: Float64Array): Float64Array {
  const steered = pattern.map((mass, idx) => (idx % nTokens < 7 ? mass : 0.3 * mass));
  for (let start = 0; start < steered.length; start += nTokens) {
    const row = steered.subarray(start, start + nTokens);
    const total = row.reduce((sum, mass) => sum + mass, 0);
    row.set(row.map((mass) => mass / total));
  }
  return steered;
}
