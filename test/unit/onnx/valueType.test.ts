import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { elementType } from "../../../src/onnx/elementType.ts";
import { indexGraph } from "../../../src/onnx/graphIndex.ts";
import {
  makeDeclaredValue,
  makeInt64,
  makeNode,
  makeTensor,
  makeValueInfo,
  microsoftDomain,
} from "../../../src/onnx/graphParts.ts";
import { GraphProtoSchema } from "../../../src/onnx/proto/onnx_pb.ts";
import { valueType } from "../../../src/onnx/valueType.ts";

const { float16, float32, int64, bool, uint8 } = elementType;
const half = makeTensor("half", float16, [1], Uint16Array.of(0));
const index = indexGraph(
  create(GraphProtoSchema, {
    input: [makeValueInfo("ids", int64, ["n"])],
    initializer: [half],
    valueInfo: [makeDeclaredValue("declared", elementType.bfloat16)],
    output: [makeValueInfo("given", float32)],
    node: [
      makeNode("Gather", ["half", "ids"], ["embedded"]),
      makeNode("MatMul", ["embedded", "half"], ["product"]),
      makeNode("MatMulNBits", ["product", "q"], ["quantised"], { bits: 4 }, microsoftDomain),
      makeNode("Cast", ["quantised"], ["cast"], { to: float32 }),
      makeNode("Less", ["cast", "cast"], ["mask"]),
      makeNode("Where", ["mask", "embedded", "half"], ["chosen"]),
      makeNode("Shape", ["chosen"], ["shape"]),
      makeNode("ConstantOfShape", ["shape"], ["zeros"]),
      makeNode("ConstantOfShape", ["shape"], ["ones"], { value: makeInt64("", [1]) }),
      makeNode("Constant", [], ["constant"], { value: half }),
      makeNode("DynamicQuantizeLinear", ["cast"], ["bytes", "scale", "zero"]),
      makeNode("Relu", ["lost"], ["unknown"]),
      makeNode("Relu", ["turning"], ["round"]),
      makeNode("Relu", ["round"], ["turning"]),
    ],
  }),
);

describe("the type of a value", () => {
  it.each([
    ["ids", int64],
    ["half", float16],
    ["declared", elementType.bfloat16],
    ["given", float32],
  ])("%s is as declared", (name, type) => expect(valueType(index, name)).toBe(type));

  it.each([
    ["embedded", float16],
    ["product", float16],
    ["quantised", float16],
    ["cast", float32],
    ["mask", bool],
    ["chosen", float16],
    ["shape", int64],
    ["zeros", float32],
    ["ones", int64],
    ["constant", float16],
    ["bytes", uint8],
    ["scale", float32],
    ["zero", uint8],
  ])("%s follows from the operators that made it", (name, type) => expect(valueType(index, name)).toBe(type));

  it.each(["unknown", "nowhere", "round"])("%s cannot be told", (name) =>
    expect(valueType(index, name)).toBeUndefined(),
  );
});
