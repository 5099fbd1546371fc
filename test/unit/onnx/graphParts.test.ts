import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { elementType, elementTypeName, isFloatType } from "../../../src/onnx/elementType.ts";
import { declaredShape, declaredType } from "../../../src/onnx/graphIndex.ts";
import { makeInt64, makeNode, makeTensor, makeValueInfo } from "../../../src/onnx/graphParts.ts";
import { GraphProtoSchema, NodeProtoSchema } from "../../../src/onnx/proto/onnx_pb.ts";

describe("a made node", () => {
  it("keeps attributes of every kind through the wire format", () => {
    const attributes = { axis: -1, mode: "linear", perm: [0, 2, 1], epsilon: { float: 1 }, value: makeInt64("", [7]) };
    const node = makeNode("Any", ["a", ""], ["b"], attributes, "com.microsoft");
    const again = fromBinary(NodeProtoSchema, toBinary(NodeProtoSchema, node));
    const found = Object.fromEntries(again.attribute.map((attribute) => [attribute.name, attribute]));
    expect(again).toMatchObject({
      opType: "Any",
      input: ["a", ""],
      output: ["b"],
      domain: "com.microsoft",
      name: "b/Any",
    });
    expect(found.axis).toMatchObject({ type: 2, i: -1n });
    expect(new TextDecoder().decode(found.mode?.s)).toBe("linear");
    expect(found.perm).toMatchObject({ type: 7, ints: [0n, 2n, 1n] });
    expect(found.epsilon).toMatchObject({ type: 1, f: 1 });
    expect(found.value).toMatchObject({ type: 4, t: { dims: [1n] } });
  });
});

describe("a made tensor", () => {
  it("has little-endian bytes, also from a view into a larger buffer", () => {
    const all = Float32Array.of(1, 2, 3);
    expect(makeTensor("t", elementType.float32, [1], all.subarray(1, 2)).rawData).toEqual(Uint8Array.of(0, 0, 0, 64));
    expect(makeInt64("i", [-1]).rawData).toEqual(new Uint8Array(8).fill(255));
    expect(makeInt64("scalar", [1], []).dims).toEqual([]);
  });
});

describe("a made value", () => {
  it("declares type and shape, or leaves the rank open", () => {
    const graph = create(GraphProtoSchema, {
      input: [makeValueInfo("x", elementType.int64, ["batch", 4]), makeValueInfo("y", 1)],
    });
    expect(declaredShape(graph.input[0])).toEqual(["batch", 4]);
    expect(declaredType(graph.input[0])).toBe(elementType.int64);
    expect(declaredShape(graph.input[1])).toBeUndefined();
  });
});

describe("an element type", () => {
  it("has a name", () => {
    expect([1, 7, 10, 16, 99].map(elementTypeName)).toEqual(["float32", "int64", "float16", "bfloat16", "type-99"]);
  });

  it("is a float or not", () => {
    expect([1, 10, 11, 16].every(isFloatType)).toBe(true);
    expect([2, 3, 6, 7, 9].some(isFloatType)).toBe(false);
  });
});
