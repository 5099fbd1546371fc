import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { decoderHead } from "../../../src/onnx/decoderHead.ts";
import { elementType } from "../../../src/onnx/elementType.ts";
import { indexGraph } from "../../../src/onnx/graphIndex.ts";
import { makeInt64, makeNode, makeTensor, makeValueInfo, microsoftDomain } from "../../../src/onnx/graphParts.ts";
import { GraphProtoSchema, type NodeProto } from "../../../src/onnx/proto/onnx_pb.ts";

const float = elementType.float32;
const weight = makeTensor("weight", float, [8, 50], new Float32Array(400));
const scale = makeTensor("scale", float, [], Float32Array.of(2));

/** A head behind the value `normed`, ending in `logits`. */
function headOf(node: NodeProto[], shape: (number | string)[] = ["batch", "sequence", 50], output = "logits") {
  const graph = create(GraphProtoSchema, {
    input: [makeValueInfo("x", float, ["batch", "sequence", 8])],
    initializer: [weight, scale, makeInt64("flat", [-1, 8]), makeInt64("full", [1, -1, 50])],
    node: [makeNode("Relu", ["x"], ["normed"]), ...node],
    output: [makeValueInfo(output, float, shape)],
  });
  return decoderHead(indexGraph(graph));
}

const operators = (nodes: readonly NodeProto[]) => nodes.map((node) => node.opType);
const refusal = (data: object) => expect.objectContaining({ code: "model/unsupported-graph", data });

describe("a head", () => {
  it("is a product of the last hidden states", () => {
    const head = headOf([makeNode("MatMul", ["normed", "weight"], ["logits"])]);
    expect(head).toMatchObject({ logits: "logits", hidden: "normed", vocabSize: 50, passedValues: [] });
    expect(operators(head.nodes)).toEqual(["MatMul"]);
  });

  it("may have casts, scales and a soft cap behind it", () => {
    const head = headOf([
      makeNode("MatMul", ["normed", "weight"], ["raw"]),
      makeNode("Div", ["raw", "scale"], ["small"]),
      makeNode("Tanh", ["small"], ["capped"]),
      makeNode("Mul", ["scale", "capped"], ["large"]),
      makeNode("Cast", ["large"], ["logits"], { to: float }),
    ]);
    expect(head.product.opType).toBe("MatMul");
    expect(operators(head.nodes)).toEqual(["MatMul", "Div", "Tanh", "Mul", "Cast"]);
  });

  it("may be a Gemm between reshapes, whose shapes come from anywhere", () => {
    const head = headOf([
      makeNode("Reshape", ["normed", "flat"], ["rows"]),
      makeNode("Gemm", ["rows", "weight"], ["raw"]),
      makeNode("Shape", ["rows"], ["shape"]),
      makeNode("Reshape", ["raw", "full"], ["logits"]),
    ]);
    expect(head.hidden).toBe("rows");
    expect(operators(head.nodes)).toEqual(["Gemm"]);
    expect([...head.reshaped]).toEqual([["logits", "raw"]]);
  });

  it("may be quantised, with the scale of its input passed on", () => {
    const head = headOf([
      makeNode("DynamicQuantizeLinear", ["normed"], ["bytes", "inputScale", "zero"]),
      makeNode("MatMulInteger", ["bytes", "weight", "zero"], ["sums"]),
      makeNode("Cast", ["sums"], ["float"], { to: float }),
      makeNode("Mul", ["inputScale", "scale"], ["bothScales"]),
      makeNode("Mul", ["float", "bothScales"], ["logits"]),
    ]);
    expect(head.hidden).toBe("bytes");
    expect([...head.passedValues].sort()).toEqual(["bothScales", "zero"]);
  });

  it("knows its vocabulary from the weight where the output does not say it", () => {
    const open = ["batch", "sequence", "vocab"];
    expect(headOf([makeNode("MatMul", ["normed", "weight"], ["logits"])], open).vocabSize).toBe(50);
    const transposed = makeNode("Gemm", ["normed", "weight"], ["logits"], { transB: 1 });
    expect(headOf([transposed], open).vocabSize).toBe(8);
    const blockwise = makeNode(
      "MatMulNBits",
      ["normed", "weight"],
      ["logits"],
      { K: 8, N: 77, bits: 4 },
      microsoftDomain,
    );
    expect(headOf([blockwise], open).vocabSize).toBe(77);
  });

  it("may name its output otherwise", () => {
    expect(headOf([makeNode("MatMul", ["normed", "weight"], ["lm_logits"])], ["b", "s", 50], "lm_logits").logits).toBe(
      "lm_logits",
    );
  });
});

describe("a graph is refused", () => {
  const product = (output: string) => makeNode("MatMul", ["normed", "weight"], [output]);

  it("without logits", () => {
    expect(() => headOf([product("hidden")], ["b", "s", 8], "hidden")).toThrow(refusal({ reason: "no-logits" }));
  });

  it("with logits of the last position only", () => {
    expect(() => headOf([product("logits")], ["batch", 1, 50])).toThrow(refusal({ reason: "last-token-logits" }));
    expect(() => headOf([product("logits")], ["batch", 50])).toThrow(refusal({ reason: "last-token-logits" }));
  });

  it("with logits out of an If", () => {
    expect(() => headOf([makeNode("If", ["x"], ["logits"])])).toThrow(
      refusal({ reason: "branches", node: "logits/If" }),
    );
  });

  it("with an operator behind the product that mixes rows", () => {
    const nodes = [product("raw"), makeNode("CumSum", ["raw", "scale"], ["logits"])];
    expect(() => headOf(nodes)).toThrow(refusal({ reason: "head", operator: "CumSum" }));
  });

  it("with logits that are an input, or made of nothing", () => {
    expect(() => headOf([])).toThrow(refusal({ reason: "head", operator: "" }));
    expect(() => headOf([makeNode("Add", ["scale", "scale"], ["logits"])])).toThrow(
      refusal({ reason: "head", operator: "" }),
    );
  });

  it("with logits that read themselves", () => {
    const nodes = [makeNode("Tanh", ["around"], ["logits"]), makeNode("Tanh", ["logits"], ["around"])];
    expect(() => headOf(nodes)).toThrow(refusal({ reason: "head", operator: "" }));
  });
});

describe("a head for the last token", () => {
  const product = makeNode("MatMul", ["row", "weight"], ["logits"]);
  const all = { hidden: "normed", vocabSize: 50, passedValues: [] };

  it.each([
    ["gathered", [makeNode("Gather", ["normed", "flat"], ["row"], { axis: 1 })]],
    [
      "gathered and spread again",
      [makeNode("Gather", ["normed", "flat"], ["last"], { axis: 1 }), makeNode("Unsqueeze", ["last", "flat"], ["row"])],
    ],
    ["sliced by attributes", [makeNode("Slice", ["normed"], ["row"], { starts: [-1], ends: [9], axes: [1] })]],
    [
      "sliced by constants",
      [makeNode("Constant", [], ["one"], { value_ints: [1] }), makeNode("Slice", ["normed", "a", "b", "one"], ["row"])],
    ],
    [
      "sliced by a number",
      [makeNode("Constant", [], ["one"], { value_int: 1 }), makeNode("Slice", ["normed", "a", "b", "one"], ["row"])],
    ],
  ])("begins before the pick: %s", (_name, pick) => {
    const head = headOf([...pick, product], ["batch", 1, 50]);
    expect(head).toMatchObject(all);
    expect(operators(head.nodes)).toEqual(["MatMul"]);
    expect(head.reshaped.get("row")).toBeDefined();
  });

  it.each([
    ["along another axis", [makeNode("Gather", ["normed", "flat"], ["row"], { axis: 2 })]],
    ["from a table, as an embedding is", [makeNode("Gather", ["weight", "flat"], ["row"], { axis: 1 })]],
    ["along several axes", [makeNode("Slice", ["normed"], ["row"], { starts: [-1, 0], ends: [9, 1], axes: [1, 2] })]],
    ["of unknown axes", [makeNode("Slice", ["normed", "a", "b", "normed"], ["row"])]],
  ])("is none where rows are picked %s", (_name, pick) => {
    expect(() => headOf([...pick, product], ["batch", 1, 50])).toThrow(refusal({ reason: "last-token-logits" }));
  });

  it("may mask padding of the vocabulary behind the product", () => {
    const head = headOf([
      makeNode("MatMul", ["normed", "weight"], ["raw"]),
      makeNode("Where", ["scale", "scale", "raw"], ["logits"]),
    ]);
    expect(operators(head.nodes)).toEqual(["MatMul", "Where"]);
  });
});
