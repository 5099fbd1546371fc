import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { afterAll, describe, expect, it } from "vitest";
import { openOnnxSession } from "../../src/model/onnxSession.ts";
import { describeDecoder } from "../../src/onnx/decoderGraph.ts";
import { elementType } from "../../src/onnx/elementType.ts";
import { type AttributeValue, makeDeclaredValue, makeNode, makeValueInfo } from "../../src/onnx/graphParts.ts";
import {
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
} from "../../src/onnx/proto/onnx_pb.ts";
import { brutePattern, type Heads } from "../fixture/bruteAttention.ts";
import { buildDecoder, smallDecoder } from "../fixture/decoder.ts";
import { openVariant, patternOf, reducedOf } from "../fixture/decoderCell.ts";
import { largestDifference, referenceRun, someTokens } from "../fixture/decoderReference.ts";
import { OneLayer } from "../fixture/oneLayer.ts";
import { outputValues } from "../fixture/onnxTensor.ts";

const folder = mkdtempSync(join(tmpdir(), "onnx-layouts-"));
afterAll(() => rmSync(folder, { recursive: true }));

const nTokens = 11;
const alpha = 0.3;
let nWritten = 0;

function write(model: ModelProto): string {
  const path = join(folder, `model-${nWritten++}.onnx`);
  writeFileSync(path, toBinary(ModelProtoSchema, model));
  return path;
}

const keyBias = Float32Array.from({ length: nTokens }, (_, keyIdx) => (keyIdx < 4 ? 0 : Math.log(alpha)));

/** Runs taps and steering on the only layer. */
async function probe(model: ModelProto, batch: readonly Int32Array[]) {
  const path = write(model);
  const decoder = describeDecoder(model);
  const tapped = await openVariant(path, decoder, { hiddenRows: true, reducedAttention: [0], pattern: 0 });
  const outputs = await tapped.run(batch);
  await tapped.release();
  const steered = await openVariant(path, decoder, { hiddenRows: true, pattern: 0, steeredLayers: [0] });
  const steeredOutputs = await steered.run(batch, { keyBias });
  await steered.release();
  const untapped = await openVariant(path, decoder, { hiddenRows: true, steeredLayers: [0] });
  const untappedOutputs = await untapped.run(batch, { keyBias });
  await untapped.release();
  return {
    decoder,
    pattern: patternOf(outputs, 0),
    dims: outputs.pattern_0?.dims,
    reduced: reducedOf(outputs, 0),
    steered: patternOf(steeredOutputs, 0),
    steeredRows: outputValues(steeredOutputs.hidden_rows),
    untappedRows: outputValues(untappedOutputs.hidden_rows),
  };
}

/** The pattern of queries and keys as the graph itself computes them. */
async function bruteFrom(
  model: ModelProto,
  ids: Int32Array,
  bias: (query: number, key: number) => number,
  scale: number,
) {
  const { inner } = await referenceRun(model, ids, ["q", "k"]);
  const heads = (name: string): Heads => {
    const tensor = inner.get(name);
    const dims = (tensor?.dims ?? []) as [number, number, number, number];
    return { values: tensor?.data as Float32Array, dims };
  };
  return brutePattern(heads("q"), heads("k"), { scale, bias: (_batch, _head, query, key) => bias(query, key) });
}

const causal = (query: number, key: number) => (key > query ? Number.NEGATIVE_INFINITY : 0);
const steeredCausal = (query: number, key: number) => causal(query, key) + (key < 4 ? 0 : Math.log(alpha));

/** Scaled, masked scores of a layer, `[batch, head, query, key]`. */
function scores(layer: OneLayer): string {
  const [query, key] = [layer.heads("q"), layer.heads("k")];
  const turned = layer.add("k.turned", "Transpose", [key], { perm: [0, 1, 3, 2] });
  const product = layer.add("product", "MatMul", [query, turned]);
  const scaled = layer.add("scaled", "Mul", [product, layer.floats("scale", [], [0.5])]);
  return layer.add("scores", "Add", [scaled, layer.causalMask()]);
}

describe("unfused attention", () => {
  it("with a sink: the pattern is what reaches the values, its rows sum to less than 1", async () => {
    const layer = new OneLayer(elementType.float32, 17);
    scores(layer);
    layer.add("scores.shape", "Shape", ["scores"]);
    layer.add("three", "Slice", ["scores.shape", layer.ints("from0", [0]), layer.ints("to3", [3])]);
    layer.add("sink.shape", "Concat", ["three", layer.ints("single", [1])], { axis: 0 });
    layer.add("sinks", "Expand", [layer.floats("sink", [1, 4, 1, 1], [0.1, 0.5, 1, -1]), "sink.shape"]);
    layer.add("extended", "Concat", ["scores", "sinks"], { axis: -1 });
    layer.add("highest", "ReduceMax", ["extended"], { axes: [-1], keepdims: 1 });
    layer.add("lowered", "Sub", ["extended", "highest"]);
    layer.add("weights", "Softmax", ["lowered"], { axis: -1 });
    const ends = [layer.ints("from", [0]), layer.ints("to", [-1]), layer.ints("last", [3])];
    layer.add("pattern", "Slice", ["weights", ...ends]);
    layer.add("mixed", "MatMul", ["pattern", layer.heads("v")]);
    const model = layer.finish(layer.joinHeads("mixed"));
    const ids = someTokens(nTokens, layer.vocabSize);
    const found = await probe(model, [ids]);
    const plain = await bruteFrom(model, ids, causal, 0.5);
    const withSink = await sinkPattern(model, ids, false);
    expect(largestDifference(found.pattern, withSink)).toBeLessThan(1e-6);
    expect(largestDifference(found.pattern, plain)).toBeGreaterThan(0.1);
    expect(found.reduced).toEqual(found.pattern);
    expect(largestDifference(found.steered, await sinkPattern(model, ids, true))).toBeLessThan(1e-6);
  });

  it.each([
    ["heads folded into the batch", [-1, nTokens, 8], [-1, 8, nTokens]],
    ["groups of heads apart", [-1, 2, 2, nTokens, 8], [-1, 2, 2, 8, nTokens]],
  ])("with %s", async (_name, headDims, turnedDims) => {
    const layer = new OneLayer();
    const mask = layer.causalMask();
    const rows = (name: string) =>
      layer.add(`${name}.other`, "Reshape", [layer.heads(name), layer.ints(`${name}.dims`, headDims)]);
    const [query, key] = [rows("q"), rows("k")];
    const perm = turnedDims.map((_, axis) => axis);
    perm.push(perm.splice(-2, 1)[0] ?? 0);
    const turned = layer.add("k.turned", "Transpose", [key], { perm });
    const product = layer.add("product", "MatMul", [query, turned]);
    const scaled = layer.add("scaled", "Mul", [product, layer.floats("scale", [], [0.5])]);
    const pattern = layer.add("pattern", "Softmax", [layer.add("scores", "Add", [scaled, mask])], { axis: -1 });
    const mixed = layer.add("mixed.other", "MatMul", [pattern, rows("v")]);
    layer.add("mixed", "Reshape", [mixed, layer.ints("mixed.dims", [-1, layer.nHeads, nTokens, 8])]);
    const model = layer.finish(layer.joinHeads("mixed"));
    const batch = [someTokens(nTokens, layer.vocabSize, 1), someTokens(nTokens, layer.vocabSize, 2)];
    const found = await probe(model, batch);
    expect(found.dims).toEqual([2, 4, nTokens, nTokens]);
    const size = found.pattern.length / 2;
    for (const [idx, ids] of batch.entries()) {
      const own = (values: Float32Array) => values.subarray(idx * size, (idx + 1) * size);
      expect(largestDifference(own(found.pattern), await bruteFrom(model, ids, causal, 0.5))).toBeLessThan(1e-6);
      expect(largestDifference(own(found.reduced), own(found.pattern))).toBeLessThan(1e-6);
      expect(largestDifference(own(found.steered), await bruteFrom(model, ids, steeredCausal, 0.5))).toBeLessThan(1e-6);
    }
  });
});

/** Softmax over keys and a sink per head, without the sink's column. */
async function sinkPattern(model: ModelProto, ids: Int32Array, isSteered: boolean): Promise<Float64Array> {
  const bias = isSteered ? steeredCausal : causal;
  const { inner } = await referenceRun(model, ids, ["product"]);
  const products = inner.get("product")?.data as Float32Array;
  const sinks = [0.1, 0.5, 1, -1];
  const pattern = new Float64Array(products.length);
  for (let start = 0; start < products.length; start += nTokens) {
    const query = (start / nTokens) % nTokens;
    const head = Math.floor(start / nTokens / nTokens);
    const powers = Array.from({ length: nTokens }, (_, key) =>
      Math.exp((products[start + key] ?? 0) * 0.5 + bias(query, key)),
    );
    const total = powers.reduce((sum, power) => sum + power, Math.exp(sinks[head] ?? 0));
    pattern.set(
      powers.map((power) => power / total),
      start,
    );
  }
  return pattern;
}

describe("fused attention, written out", () => {
  const forms: {
    name: string;
    attributes: Record<string, AttributeValue>;
    maskDims?: string[];
    opset?: number;
    type?: number;
  }[] = [
    { name: "causal", attributes: { unidirectional: 1 } },
    { name: "causal, with a mask by key", attributes: { unidirectional: 1 }, maskDims: ["batch", "total"] },
    { name: "with a mask by query and key", attributes: {}, maskDims: ["batch", "sequence", "total"] },
    { name: "with a scale of its own", attributes: { unidirectional: 1, scale: { float: 0.2 } } },
    { name: "with sizes said", attributes: { unidirectional: 1, qkv_hidden_sizes: [32, 32, 32] } },
    {
      name: "in operators of version 11",
      attributes: { unidirectional: 1, qkv_hidden_sizes: [32, 32, 32] },
      opset: 11,
    },
    { name: "in operators of version 13", attributes: { unidirectional: 1 }, opset: 13 },
  ];

  function fused({ attributes, maskDims, opset, type }: (typeof forms)[number]): ModelProto {
    const layer = new OneLayer(type, opset);
    layer.weight("qkv", [32, 96]);
    layer.weight("qkv.bias", [96]);
    const inputs = ["hidden", "qkv", "qkv.bias"];
    if (maskDims !== undefined) {
      layer.inputs.push(makeValueInfo("attention_mask", elementType.int64, ["batch", "total"]));
      layer.add("mask32", "Cast", ["attention_mask"], { to: elementType.int32 });
      if (maskDims.length === 3) {
        layer.add("ids.shape", "Shape", ["input_ids"]);
        layer.add("mask.row", "Reshape", ["mask32", layer.ints("row", [0, 1, -1])]);
        layer.add("count", "Gather", ["ids.shape", layer.ints("one", [1])]);
        layer.add("batch", "Gather", ["ids.shape", layer.ints("zero", [0])]);
        layer.add("square", "Concat", ["batch", "count", "count"], { axis: 0 });
        layer.add("mask.square", "Expand", ["mask.row", "square"]);
        inputs.push(layer.add("mask3", "Trilu", ["mask.square"], { upper: 0 }));
      } else inputs.push("mask32");
    }
    layer.add("attended", "FusedAttention", inputs, { num_heads: layer.nHeads, ...attributes });
    const model = layer.finish("attended");
    if (maskDims?.length === 3) model.graph?.valueInfo.push(makeDeclaredValue("mask3", elementType.int32, maskDims));
    return model;
  }

  it.each(forms)("$name: gives the operator's own result", async (form) => {
    const model = fused(form);
    const ids = someTokens(nTokens, 50);
    const found = await probe(model, [ids]);
    expect(found.decoder.attention).toEqual(["fused"]);
    const rows = Array.from({ length: 4 * nTokens }, (_, idx) =>
      found.pattern.subarray(idx * nTokens, (idx + 1) * nTokens).reduce((sum, mass) => sum + mass, 0),
    );
    expect(
      largestDifference(
        rows,
        rows.map(() => 1),
      ),
    ).toBeLessThan(1e-5);
    expect(largestDifference(found.steered, rescaled(found.pattern))).toBeLessThan(1e-6);
    // Steered without taps, the operator runs as it is: an oracle for what is written out.
    expect(found.untappedRows).toHaveLength(32);
    expect(largestDifference(found.steeredRows, found.untappedRows)).toBeLessThan(1e-5);
    const session = await openOnnxSession(write(model), { prepack: false, threads: 1 });
    const reference = await referenceRun(model, ids);
    const [logProbs] = await session.logProbs([{ tokenIds: ids, scored: { start: 1, end: nTokens } }]);
    await session.release();
    expect(largestDifference(logProbs ?? [], reference.nextLogProbs)).toBeLessThan(1e-5);
  });

  it("keeps padding out", async () => {
    const model = fused(forms[1] ?? { name: "", attributes: {} });
    const [short, long] = [someTokens(6, 50, 1), someTokens(nTokens, 50, 2)];
    const found = await probe(model, [short, long]);
    const alone = await probe(model, [long]);
    const size = found.pattern.length / 2;
    expect(largestDifference(found.pattern.subarray(size), alone.pattern)).toBeLessThan(1e-6);
    const lastRow = found.pattern.subarray(5 * nTokens, 6 * nTokens);
    expect(lastRow.subarray(6).every((mass) => mass === 0)).toBe(true);
  });

  it.each([["rotation", { do_rotary: 1, unidirectional: 1 }]])(
    "is refused with %s, for taps only",
    async (_name, attributes) => {
      const model = fused({ name: "", attributes });
      const decoder = describeDecoder(model);
      await expect(openVariant(write(model), decoder, { hiddenRows: false, pattern: 0 })).rejects.toMatchObject({
        code: "model/unsupported-graph",
        data: { reason: "attention-form", form: "do_rotary" },
      });
    },
  );
});

function rescaled(pattern: Float32Array): Float64Array {
  const steered = Float64Array.from(pattern, (mass, idx) => (idx % nTokens < 4 ? mass : alpha * mass));
  for (let start = 0; start < steered.length; start += nTokens) {
    const row = steered.subarray(start, start + nTokens);
    const total = row.reduce((sum, mass) => sum + mass, 0);
    row.set(row.map((mass) => mass / total));
  }
  return steered;
}

describe("a head that runs for the last token", () => {
  const picks: [string, (layer: OneLayer) => string][] = [
    [
      "Gather and Unsqueeze",
      (layer) => {
        layer.add("last", "Gather", ["hidden", layer.ints("minus-one", [-1], [])], { axis: 1 });
        return layer.add("row", "Unsqueeze", ["last", layer.ints("axis", [1])]);
      },
    ],
    [
      "Slice",
      (layer) => {
        const ends = [layer.ints("from", [-1]), layer.ints("to", [2 ** 31]), layer.ints("axis", [1])];
        return layer.add("row", "Slice", ["hidden", ...ends]);
      },
    ],
    ["Gather alone", (layer) => layer.add("row", "Gather", ["hidden", layer.ints("minus-one", [-1], [])], { axis: 1 })],
  ];

  it.each(picks)("is scored at every token: %s", async (name, pick) => {
    const picked = new OneLayer();
    const model = picked.finish(pick(picked), name === "Gather alone" ? ["batch", 50] : ["batch", 1, 50]);
    const whole = new OneLayer();
    const reference = await referenceRun(whole.finish("hidden"), someTokens(nTokens, 50));
    const session = await openOnnxSession(write(model), { prepack: false, threads: 1 });
    const ids = someTokens(nTokens, 50);
    const [logProbs] = await session.logProbs([{ tokenIds: ids, scored: { start: 1, end: nTokens } }]);
    await session.release();
    expect(largestDifference(logProbs ?? [], reference.nextLogProbs)).toBeLessThan(1e-5);
  });
});

describe("a merged decoder", () => {
  /** Puts a graph's nodes into one branch of an `If`, and a graph of nonsense into the other. */
  function merged(model: ModelProto, isNegated: boolean): ModelProto {
    const graph = model.graph ?? create(GraphProtoSchema);
    const branch = (name: string, node: GraphProto["node"]) =>
      create(GraphProtoSchema, { name, node, output: [makeValueInfo("out", elementType.float32, ["b", "t", 301])] });
    const good = branch("good", [...graph.node, makeNode("Identity", ["logits"], ["out"])]);
    const bad = branch("bad", [
      makeNode("Gather", ["lm_head.weight", "input_ids"], ["rows"], { axis: 1 }),
      makeNode("Identity", ["rows"], ["out"]),
    ]);
    const condition = isNegated ? [makeNode("Not", ["use_cache_branch"], ["no_cache"])] : [];
    const choose = makeNode("If", [isNegated ? "no_cache" : "use_cache_branch"], ["logits.out"]);
    const [thenBranch, elseBranch] = isNegated ? [good, bad] : [bad, good];
    choose.attribute.push(
      create(AttributeProtoSchema, { name: "then_branch", type: 5, g: thenBranch }),
      create(AttributeProtoSchema, { name: "else_branch", type: 5, g: elseBranch }),
    );
    graph.node = [...condition, choose];
    graph.input.push(makeValueInfo("use_cache_branch", elementType.bool, [1]));
    graph.output = [makeValueInfo("logits.out", elementType.float32, ["b", "t", 301])];
    return model;
  }

  it.each([true, false])("is read in the branch without a cache, the condition negated: %s", async (isNegated) => {
    const options = { ...smallDecoder, past: false };
    const ids = someTokens(nTokens, options.vocabSize);
    const reference = await referenceRun(buildDecoder(options), ids);
    const model = merged(buildDecoder(options), isNegated);
    expect(describeDecoder(model).attention).toEqual(["unfused", "unfused", "unfused"]);
    const session = await openOnnxSession(write(model), { prepack: false, threads: 1 });
    const [logProbs] = await session.logProbs([{ tokenIds: ids, scored: { start: 1, end: nTokens } }]);
    await session.release();
    expect(largestDifference(logProbs ?? [], reference.nextLogProbs)).toBeLessThan(1e-5);
  });
});
