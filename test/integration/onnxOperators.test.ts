import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { loadOnnxRuntime } from "../../src/model/onnxRuntime.ts";
import { findAttention } from "../../src/onnx/attentionLayouts.ts";
import { elementType } from "../../src/onnx/elementType.ts";
import { takeFloat32Inputs } from "../../src/onnx/floatInputs.ts";
import { GraphDraft } from "../../src/onnx/graphDraft.ts";
import { attributeOf, indexGraph, intAttribute } from "../../src/onnx/graphIndex.ts";
import { type ModelProto, ModelProtoSchema, type NodeProto, type TensorProto } from "../../src/onnx/proto/onnx_pb.ts";
import { brutePattern, type Heads, splitHeads } from "../fixture/bruteAttention.ts";
import { largestDifference } from "../fixture/decoderReference.ts";
import { outputValues, readTensor, runtimeTensor, tensorValues } from "../fixture/onnxTensor.ts";
import { sharedDataFolder } from "../fixture/sharedData.ts";

/** The official test vectors of ONNX's operators (Attention, RotaryEmbedding, TensorScatter), each a folder. */
const folder = sharedDataFolder("onnx-std-ops");
const cases = folder === null ? [] : readdirSync(folder).filter((name) => existsSync(join(folder, name, "model.onnx")));

/** What ONNX Runtime refuses of its own accord; a later version may not, and this test says so then. */
const refusedByRuntime = new Set(["test_attention_4d_diff_heads_mask4d_padded_kv"]);

const alpha = 0.3;

interface OperatorCase {
  readonly model: ModelProto;
  readonly bytes: Uint8Array;
  /** By input name. */
  readonly inputs: ReadonlyMap<string, TensorProto>;
  readonly outputs: readonly Float64Array[];
}

function readCase(name: string): OperatorCase {
  const place = join(folder ?? "", name);
  const bytes = readFileSync(join(place, "model.onnx"));
  const model = fromBinary(ModelProtoSchema, bytes);
  const file = (kind: string, idx: number) =>
    readTensor(readFileSync(join(place, "test_data_set_0", `${kind}_${idx}.pb`)));
  const inputs = (model.graph?.input ?? []).map((input, idx) => [input.name, file("input", idx)] as const);
  const outputs = (model.graph?.output ?? []).map((_, idx) => tensorValues(file("output", idx)));
  return { model, bytes, inputs: new Map(inputs), outputs };
}

async function run(bytes: Uint8Array, { inputs }: OperatorCase, extra: Readonly<Record<string, Tensor>> = {}) {
  const { InferenceSession } = await loadOnnxRuntime();
  const draft = new GraphDraft(fromBinary(ModelProtoSchema, bytes));
  takeFloat32Inputs(draft);
  const session = await InferenceSession.create(toBinary(ModelProtoSchema, draft.model), { logSeverityLevel: 4 });
  const feeds: Record<string, Tensor> = { ...extra };
  for (const [name, tensor] of inputs) if (session.inputNames.includes(name)) feeds[name] = await runtimeTensor(tensor);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

/** Scores that no softmax sees are minus infinity in one program and the lowest number of the type in another. */
function clamped(values: Float64Array): Float64Array {
  return values.map((value) => Math.max(value, -60000));
}

describe.skipIf(folder === null)("official vectors (skipped where their folder is not there)", () => {
  it.each(cases)("%s: ONNX Runtime gives the golden outputs", async (name) => {
    const data = readCase(name);
    if (refusedByRuntime.has(name)) {
      await expect(run(data.bytes, data)).rejects.toThrow();
      return;
    }
    const outputs = Object.values(await run(data.bytes, data)).map(outputValues);
    const tolerance = /fp16/.test(name) ? 2e-3 : 1e-5;
    for (const [idx, expected] of data.outputs.entries()) {
      expect(largestDifference(clamped(outputs[idx] ?? new Float64Array(0)), clamped(expected))).toBeLessThan(
        tolerance,
      );
    }
  });

  const attentionCases = cases.filter((name) => /^test_attention/.test(name) && !/_expanded$/.test(name));
  it.each(attentionCases.filter((name) => !refusedByRuntime.has(name)))("%s: tap and steering", async (name) => {
    const data = readCase(name);
    const tolerance = /fp16/.test(name) ? 2e-3 : 1e-6;
    const expected = bruteForce(data, 1);
    const pattern = await tapped(data, null);
    expect(largestDifference(pattern, expected)).toBeLessThan(tolerance);
    const node = attentionNode(data.model);
    if (intAttribute(node, "qk_matmul_output_mode") === 3)
      expect(largestDifference(pattern, data.outputs.at(-1) ?? [])).toBeLessThan(tolerance);
    expect(largestDifference(await tapped(data, alpha), bruteForce(data, alpha))).toBeLessThan(tolerance);
  });
});

it("the folder of official vectors holds all of them, where it is there", () => {
  expect([0, 147]).toContain(cases.length);
});

function attentionNode(model: ModelProto): NodeProto {
  const node = model.graph?.node.find((each) => each.opType === "Attention");
  if (node === undefined) throw new Error("no Attention in the model");
  return node;
}

/** Keys from the third on count `alpha` times. */
const isSteered = (keyIdx: number) => keyIdx >= 2;

/** The pattern that our own tap gives, steered where an alpha is given. */
async function tapped(data: OperatorCase, steering: number | null): Promise<Float64Array> {
  const draft = new GraphDraft(data.model);
  const index = indexGraph(draft.graph);
  const [attention] = findAttention(index);
  if (attention === undefined) throw new Error("not found");
  const { query, key } = headsOf(data);
  const extra: Record<string, Tensor> = {};
  if (steering !== null) {
    const { Tensor } = await loadOnnxRuntime();
    const dims = [1, 1, query.dims[2], key.dims[2]];
    const values = Float32Array.from({ length: query.dims[2] * key.dims[2] }, (_, idx) =>
      isSteered(idx % key.dims[2]) ? Math.log(steering) : 0,
    );
    extra.bias = new Tensor("float32", values, dims);
    const input = draft.addInput("bias", elementType.float32, dims);
    const typed = (type: number) => draft.add("typed-bias", "Cast", [input], { to: type });
    attention.layout.addKeyBias(draft, index, attention.node, { perKey: typed, perQuery: typed });
  }
  const pattern = attention.layout.tapPattern(draft, index, attention.node);
  draft.graph.output = [];
  draft.addOutput("pattern", draft.float32("pattern-float32", pattern), elementType.float32);
  const outputs = await run(toBinary(ModelProtoSchema, draft.model), data, extra);
  return outputValues(outputs.pattern);
}

/** Queries and keys as heads, cached keys in front. */
function headsOf({ model, inputs }: OperatorCase): { query: Heads; key: Heads; nPast: number } {
  const node = attentionNode(model);
  const heads = (inputIdx: number, attribute: string): Heads | null => {
    const tensor = inputs.get(node.input[inputIdx] ?? "");
    if (tensor === undefined) return null;
    const dims = tensor.dims.map(Number);
    const values = tensorValues(tensor);
    if (dims.length === 4) return { values, dims: dims as [number, number, number, number] };
    return splitHeads(values, dims[0] ?? 0, dims[1] ?? 0, intAttribute(node, attribute) ?? 1);
  };
  const query = heads(0, "q_num_heads");
  const key = heads(1, "kv_num_heads");
  if (query === null || key === null) throw new Error("no queries or keys");
  const past = heads(4, "kv_num_heads");
  return past === null ? { query, key, nPast: 0 } : { query, key: joined(past, key), nPast: past.dims[2] };
}

function joined(past: Heads, key: Heads): Heads {
  const [nBatch, nHeads, nNew, width] = key.dims;
  const nPast = past.dims[2];
  const values: number[] = [];
  for (let row = 0; row < nBatch * nHeads; row++) {
    values.push(...Array.from(past.values).slice(row * nPast * width, (row + 1) * nPast * width));
    values.push(...Array.from(key.values).slice(row * nNew * width, (row + 1) * nNew * width));
  }
  return { values, dims: [nBatch, nHeads, nPast + nNew, width] };
}

function bruteForce(data: OperatorCase, steering: number): Float64Array {
  const node = attentionNode(data.model);
  const { query, key, nPast } = headsOf(data);
  const mask = data.inputs.get(node.input[3] ?? "");
  const maskAt = mask === undefined ? () => 0 : maskReader(mask);
  const isCausal = intAttribute(node, "is_causal") === 1;
  return brutePattern(query, key, {
    scale: attributeOf(node, "scale")?.f ?? 1 / Math.sqrt(query.dims[3]),
    softcap: attributeOf(node, "softcap")?.f ?? 0,
    bias: (batchIdx, headIdx, queryIdx, keyIdx) => {
      if (isCausal && keyIdx > queryIdx + nPast) return Number.NEGATIVE_INFINITY;
      return maskAt([batchIdx, headIdx, queryIdx, keyIdx]) + (isSteered(keyIdx) ? Math.log(steering) : 0);
    },
  });
}

/** A mask's additive value at a place, broadcast from the right; a truth value allows or forbids. */
function maskReader(mask: TensorProto): (place: readonly number[]) => number {
  const dims = mask.dims.map(Number);
  const values = tensorValues(mask);
  return (place) => {
    const own = place.slice(place.length - dims.length);
    const idx = own.reduce((sum, position, axis) => sum * (dims[axis] ?? 1) + (dims[axis] === 1 ? 0 : position), 0);
    const value = values[idx] ?? Number.NaN;
    if (mask.dataType !== elementType.bool) return value;
    return value === 1 ? 0 : Number.NEGATIVE_INFINITY;
  };
}
