import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { reducedAttentionName, tapPort } from "../../../src/onnx/attentionTap.ts";
import { describeDecoder } from "../../../src/onnx/decoderGraph.ts";
import { elementType } from "../../../src/onnx/elementType.ts";
import { takeFloat32Inputs } from "../../../src/onnx/floatInputs.ts";
import { headPort } from "../../../src/onnx/gatheredHead.ts";
import { GraphDraft } from "../../../src/onnx/graphDraft.ts";
import { declaredType } from "../../../src/onnx/graphIndex.ts";
import { makeNode, makeValueInfo } from "../../../src/onnx/graphParts.ts";
import { headBytes, type TrunkVariant, trunkBytes } from "../../../src/onnx/instrumentation.ts";
import { GraphProtoSchema, type ModelProto, ModelProtoSchema } from "../../../src/onnx/proto/onnx_pb.ts";
import { keyBiasPort } from "../../../src/onnx/steeringBias.ts";
import { buildDecoder, smallDecoder } from "../../fixture/decoder.ts";
import type { DecoderOptions } from "../../fixture/decoderBuilder.ts";

function trunk(variant: TrunkVariant, options: Partial<DecoderOptions> = {}) {
  const graph = fromBinary(ModelProtoSchema, trunkBytes(buildDecoder({ ...smallDecoder, ...options }), variant)).graph;
  if (graph === undefined) throw new Error("no graph");
  return {
    graph,
    inputs: graph.input.map((input) => input.name),
    outputs: graph.output.map((output) => output.name),
    nodes: graph.node,
  };
}

function head(options: Partial<DecoderOptions> = {}, figures = {}) {
  const graph = fromBinary(ModelProtoSchema, headBytes(buildDecoder({ ...smallDecoder, ...options }), figures)).graph;
  if (graph === undefined) throw new Error("no graph");
  return graph;
}

describe("a trunk", () => {
  it("gives hidden rows and neither logits nor caches", () => {
    const { inputs, outputs, nodes, graph } = trunk({ hiddenRows: true });
    expect(outputs).toEqual([headPort.hiddenRows]);
    expect(inputs).toContain(headPort.scoredRows);
    expect(nodes.some((node) => node.output.includes("logits"))).toBe(false);
    expect(graph.initializer.some((tensor) => tensor.name === "lm_head.weight")).toBe(false);
  });

  it("leaves the model it was made from as it was", () => {
    const model = buildDecoder(smallDecoder);
    const before = toBinary(ModelProtoSchema, model);
    trunkBytes(model, { hiddenRows: true, reducedAttention: [0, 1, 2], steeredLayers: [0], pattern: 1 });
    headBytes(model, { entropy: true, rank: true, topK: 3 });
    expect(toBinary(ModelProtoSchema, model)).toEqual(before);
  });

  it("has equal bytes for equal wishes", () => {
    const variant = { hiddenRows: true, reducedAttention: [0, 2], steeredLayers: [1] };
    const model = buildDecoder(smallDecoder);
    expect(trunkBytes(model, variant)).toEqual(trunkBytes(model, variant));
  });

  it("takes no cache where the attention operator can do without", () => {
    expect(trunk({ hiddenRows: true }, { attention: "group-query" }).inputs.some((name) => /past/.test(name))).toBe(
      false,
    );
    expect(trunk({ hiddenRows: true }).inputs.filter((name) => /past/.test(name))).toHaveLength(6);
  });

  it("takes half-precision caches as float32", () => {
    const { graph } = trunk({ hiddenRows: true }, { dtype: "float16" });
    const caches = graph.input.filter((input) => /past/.test(input.name));
    expect(caches).toHaveLength(6);
    expect(caches.every((input) => declaredType(input) === elementType.float32)).toBe(true);
    expect(declaredType(graph.output[0])).toBe(elementType.float32);
  });
});

describe("taps", () => {
  it("are reduced at the end of the graph, last layer first", () => {
    for (const attention of ["unfused", "group-query", "multi-head", "standard"] as const) {
      const past = attention !== "multi-head";
      const { nodes, outputs } = trunk({ hiddenRows: true, reducedAttention: [2, 0, 1] }, { attention, past });
      const reductions = nodes.flatMap((node, idx) =>
        node.output[0]?.startsWith("attention_") ? [{ idx, name: node.output[0] }] : [],
      );
      expect(reductions.map(({ name }) => name)).toEqual([2, 1, 0].map(reducedAttentionName));
      const lastOfFile = nodes.findLastIndex(
        (node) => !/^context-reliance|^attention_|^hidden_rows/.test(node.output[0] ?? ""),
      );
      expect(reductions.every(({ idx }) => idx > lastOfFile)).toBe(true);
      expect(outputs).toContain(reducedAttentionName(1));
    }
  });

  it("of one early layer leave nothing of the later ones", () => {
    const { nodes, inputs } = trunk({ hiddenRows: false, reducedAttention: [0] });
    expect(nodes.some((node) => /layers\.[12]/.test(node.name))).toBe(false);
    // Nor of the tapped layer what only its values needed.
    expect(nodes.some((node) => node.output[0] === "layers.0.value")).toBe(false);
    expect(inputs).not.toContain("past_key_values.0.value");
  });

  it("ask for a key mask only where padding holds uninitialised memory", () => {
    expect(trunk({ hiddenRows: false, reducedAttention: [0] }).inputs).not.toContain(tapPort.keyMask);
    const fused = trunk({ hiddenRows: false, reducedAttention: [0] }, { attention: "group-query" });
    expect(fused.inputs).toContain(tapPort.keyMask);
  });

  it("are refused for layers that are not there, and on graphs without attention", () => {
    expect(() => trunk({ hiddenRows: true, reducedAttention: [3] })).toThrow(
      expect.objectContaining({ data: { reason: "layer", layerIdx: 3, nLayers: 3 } }),
    );
    const bare = buildDecoder({ ...smallDecoder, nLayers: 0 });
    expect(() => trunkBytes(bare, { hiddenRows: true, pattern: 0 })).toThrow(
      expect.objectContaining({ code: "model/unsupported-graph", data: { reason: "no-attention" } }),
    );
  });
});

describe("steering", () => {
  it("makes its bias once for all layers", () => {
    const { nodes, inputs } = trunk({ hiddenRows: true, steeredLayers: [0, 1, 2] }, { attention: "group-query" });
    expect(inputs).toContain(keyBiasPort);
    expect(nodes.filter((node) => node.opType === "Expand")).toHaveLength(1);
    const biases = nodes.filter((node) => node.opType === "GroupQueryAttention").map((node) => node.input[10]);
    expect(new Set(biases).size).toBe(1);
  });

  it("touches the chosen layers only", () => {
    const { nodes } = trunk({ hiddenRows: true, steeredLayers: [1] });
    const steered = nodes.filter((node) => node.opType === "Softmax" && node.input[0]?.startsWith("context-reliance/"));
    expect(steered.map((node) => node.output[0])).toEqual(["layers.1.pattern"]);
  });
});

describe("a head", () => {
  it("is the product and a softmax, and none of the layers", () => {
    const graph = head();
    expect(graph.input.map((input) => input.name).sort()).toEqual([headPort.hiddenRows, headPort.targetIds].sort());
    expect(graph.output.map((output) => output.name)).toEqual([headPort.logProb]);
    expect(graph.initializer.filter((tensor) => tensor.rawData.length > 100).map((tensor) => tensor.name)).toEqual([
      "lm_head.weight",
    ]);
  });

  it("reads a tied float32 table in place, and leaves a tied float16 one to the runtime", () => {
    const operators = (dtype: "float32" | "float16") => head({ tied: true, dtype }).node.map((node) => node.opType);
    expect(operators("float32")).toContain("Gemm");
    expect(operators("float32")).not.toContain("Transpose");
    expect(operators("float16")).toContain("Transpose");
  });

  it("gives further figures when asked", () => {
    const graph = head({}, { entropy: true, rank: true, topK: 5 });
    const { logProb, entropy, rank, topIds, topLogProb } = headPort;
    expect(graph.output.map((output) => output.name).sort()).toEqual(
      [logProb, entropy, rank, topIds, topLogProb].sort(),
    );
  });
});

describe("a description", () => {
  it("tells size, layout and format", () => {
    expect(describeDecoder(buildDecoder({ ...smallDecoder, attention: "standard", dtype: "float16" }))).toMatchObject({
      vocabSize: 301,
      nLayers: 3,
      attention: ["standard", "standard", "standard"],
      nKeyValueHeads: 2,
      headDim: 16,
      weightFormat: "float16",
      isCausal: true,
      dependsOnRepacking: false,
    });
  });

  it("tells dynamic quantisation, which is not causal, and blockwise quantisation", () => {
    const model = buildDecoder(smallDecoder);
    model.graph?.node.push(makeNode("MatMulNBits", ["embedded", "q"], ["z"], { bits: 8, N: 4 }, "com.microsoft"));
    expect(describeDecoder(model)).toMatchObject({ weightFormat: "q8", isCausal: true, dependsOnRepacking: false });
    const level = { bits: 4, N: 4, accuracy_level: 4 };
    model.graph?.node.push(makeNode("MatMulNBits", ["embedded", "q"], ["w"], level, "com.microsoft"));
    expect(describeDecoder(model)).toMatchObject({ isCausal: true, dependsOnRepacking: true });
    model.graph?.node.push(makeNode("DynamicQuantizeLinear", ["embedded"], ["a", "b", "c"]));
    expect(describeDecoder(model)).toMatchObject({ weightFormat: "int8-dynamic", isCausal: false });
  });

  it("refuses hidden states in bfloat16", () => {
    const model = buildDecoder({ ...smallDecoder, dtype: "float16" });
    const types = [...(model.graph?.initializer ?? [])].filter((tensor) => tensor.dataType === elementType.float16);
    for (const tensor of types) tensor.dataType = elementType.bfloat16;
    expect(() => describeDecoder(model)).toThrow(expect.objectContaining({ data: { reason: "bfloat16" } }));
  });

  it("refuses operators from before version 11, and a model without a graph", () => {
    const model = buildDecoder(smallDecoder);
    for (const opset of model.opsetImport) opset.version = opset.domain === "" ? 9n : opset.version;
    expect(() => describeDecoder(model)).toThrow(
      expect.objectContaining({
        code: "model/unsupported-graph",
        data: { reason: "opset", opset: 9, neededOpset: 11 },
      }),
    );
    expect(() => describeDecoder(create(ModelProtoSchema))).toThrow(
      expect.objectContaining({ data: { reason: "no-graph" } }),
    );
  });
});

describe("a draft", () => {
  const model = (): ModelProto =>
    create(ModelProtoSchema, {
      graph: create(GraphProtoSchema, {
        input: [makeValueInfo("x", elementType.float16, ["n"]), makeValueInfo("context-reliance/flat", 1)],
        node: [makeNode("Relu", ["x"], ["y"])],
      }),
    });

  it("finds names that are not taken, and refuses inputs that are", () => {
    const draft = new GraphDraft(model());
    expect(draft.freshName("flat")).toBe("context-reliance/flat-2");
    expect(draft.freshName("flat")).toBe("context-reliance/flat-3");
    expect(() => draft.addInput("x", 1, [])).toThrow(
      expect.objectContaining({ data: { reason: "name-taken", name: "x" } }),
    );
  });

  it("holds each constant once", () => {
    const draft = new GraphDraft(model());
    expect(draft.ints([1, 2])).toBe(draft.ints([1, 2]));
    expect(draft.ints([1])).not.toBe(draft.ints([1], []));
    expect(draft.zero()).toBe(draft.zero());
    expect(draft.graph.initializer).toHaveLength(4);
  });

  it("sums in the form of the model's operator version", () => {
    const [old, recent] = [12n, 17n].map((version) => {
      const versioned = model();
      versioned.opsetImport.push({ $typeName: "onnx.OperatorSetIdProto", domain: "", version });
      const draft = new GraphDraft(versioned);
      draft.reduceSum("sum", "y", 1);
      return draft.graph.node.at(-1);
    });
    expect(old?.attribute.map((attribute) => attribute.name)).toEqual(["axes", "keepdims"]);
    expect(recent?.input).toHaveLength(2);
  });

  it("casts half-precision inputs for all readers", () => {
    const draft = new GraphDraft(model());
    takeFloat32Inputs(draft);
    expect(draft.graph.input.map(declaredType)).toEqual([elementType.float32, elementType.float32]);
    expect(draft.graph.node[0]?.input).toEqual(draft.graph.node[1]?.output);
    expect(draft.graph.node[1]).toMatchObject({ opType: "Cast", input: ["x"] });
  });
});
