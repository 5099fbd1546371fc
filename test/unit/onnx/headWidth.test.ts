import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { elementType } from "../../../src/onnx/elementType.ts";
import { indexGraph } from "../../../src/onnx/graphIndex.ts";
import { makeNode, makeTensor, makeValueInfo, microsoftDomain } from "../../../src/onnx/graphParts.ts";
import { headWidth } from "../../../src/onnx/headWidth.ts";
import { GraphProtoSchema, type NodeProto } from "../../../src/onnx/proto/onnx_pb.ts";

const float = elementType.float32;
const attention = makeNode("GroupQueryAttention", ["q", "", "", "past"], ["a"], { num_heads: 4 }, microsoftDomain);

function widthOf(...node: NodeProto[]): number | undefined {
  const graph = create(GraphProtoSchema, {
    input: [makeValueInfo("past", float, ["batch", 2, "length", "width"])],
    initializer: [
      makeTensor("weight", float, [64, 32], new Float32Array(2048)),
      makeTensor("scale", float, [64], new Float32Array(64)),
    ],
    node,
  });
  return headWidth(indexGraph(graph), "past");
}

describe("the width of a head", () => {
  it("is read off the product behind the attention", () => {
    expect(widthOf(attention, makeNode("MatMul", ["a", "weight"], ["y"]))).toBe(16);
  });

  it("is read through casts, quantisation and blockwise weights", () => {
    const blockwise = makeNode("MatMulNBits", ["cast", "packed"], ["y"], { K: 48, N: 32 }, microsoftDomain);
    expect(widthOf(attention, makeNode("Cast", ["a"], ["cast"], { to: float }), blockwise)).toBe(12);
    const quantised = [
      makeNode("DynamicQuantizeLinear", ["a"], ["bytes"]),
      makeNode("MatMulInteger", ["bytes", "weight"], ["y"]),
    ];
    expect(widthOf(attention, ...quantised)).toBe(16);
  });

  it("is read where the cache is joined before the attention", () => {
    const joined = makeNode("Concat", ["past", "k"], ["keys"], { axis: 2 });
    const multiHead = makeNode("MultiHeadAttention", ["q", "keys", "v"], ["a"], { num_heads: 8 }, microsoftDomain);
    expect(
      widthOf(joined, makeNode("Reshape", ["keys", "s"], ["flat"]), makeNode("Relu", ["flat"], ["k"]), multiHead),
    ).toBeUndefined();
    const reads = makeNode("MultiHeadAttention", ["q", "flat", "v"], ["a"], { num_heads: 8 }, microsoftDomain);
    expect(
      widthOf(joined, makeNode("Reshape", ["keys", "s"], ["flat"]), reads, makeNode("MatMul", ["a", "weight"], ["y"])),
    ).toBe(8);
  });

  it("is unknown without attention, product, heads, or with a remainder", () => {
    const product = makeNode("MatMul", ["a", "weight"], ["y"]);
    expect(widthOf(makeNode("Relu", ["past"], ["a"]), product)).toBeUndefined();
    expect(widthOf(attention)).toBeUndefined();
    expect(widthOf(attention, makeNode("MatMul", ["a", "scale"], ["y"]))).toBeUndefined();
    for (const nHeads of [0, -4, 3]) {
      const odd = makeNode("GroupQueryAttention", ["q", "", "", "past"], ["a"], { num_heads: nHeads }, microsoftDomain);
      expect(widthOf(odd, product)).toBeUndefined();
    }
  });
});
