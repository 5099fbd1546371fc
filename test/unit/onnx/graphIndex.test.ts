import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { elementType } from "../../../src/onnx/elementType.ts";
import {
  declaredShape,
  declaredType,
  indexGraph,
  intAttribute,
  isConstant,
  operatorName,
  valuesRead,
} from "../../../src/onnx/graphIndex.ts";
import { makeInt64, makeNode, makeTensor, makeValueInfo, microsoftDomain } from "../../../src/onnx/graphParts.ts";
import { AttributeProtoSchema, GraphProtoSchema } from "../../../src/onnx/proto/onnx_pb.ts";

const graph = create(GraphProtoSchema, {
  input: [makeValueInfo("x", elementType.float32, ["batch", 3, ""])],
  initializer: [makeInt64("w", [4, -5]), makeTensor("i32", elementType.int32, [2], Int32Array.of(6, -7))],
  node: [
    makeNode("Transpose", ["w"], ["wt"]),
    makeNode("Add", ["x", "x"], ["sum"]),
    makeNode("Mul", ["sum", "wt"], ["out"]),
    makeNode("Constant", [], ["k"], { value: makeInt64("", [9]) }),
  ],
  output: [makeValueInfo("out", elementType.float16)],
});
const index = indexGraph(graph);

describe("an index", () => {
  it("knows who makes and who reads a value, each reader once", () => {
    expect(index.producers.get("sum")?.opType).toBe("Add");
    expect(index.producers.get("x")).toBeUndefined();
    expect(index.consumers.get("x")?.map((node) => node.opType)).toEqual(["Add"]);
    expect(index.consumers.get("out")).toBeUndefined();
  });

  it("knows shapes and types that are declared", () => {
    expect(declaredShape(index.inputs.get("x"))).toEqual(["batch", 3, ""]);
    expect(declaredType(index.declared.get("out"))).toBe(elementType.float16);
    expect(declaredShape(index.declared.get("out"))).toBeUndefined();
    expect(declaredType(undefined)).toBeUndefined();
  });
});

describe("a constant", () => {
  it("depends on initializers and constants only", () => {
    expect(["w", "wt", "k"].every((name) => isConstant(index, name))).toBe(true);
    expect(["x", "sum", "out", "no such value"].some((name) => isConstant(index, name))).toBe(false);
  });

  it("is decided on long chains and on graphs that read themselves", () => {
    const node = Array.from({ length: 50_000 }, (_, idx) => makeNode("Relu", [`v${idx}`], [`v${idx + 1}`]));
    const long = indexGraph(create(GraphProtoSchema, { node, initializer: [makeInt64("v0", [1])] }));
    expect(isConstant(long, "v50000")).toBe(true);
    const cycle = indexGraph(
      create(GraphProtoSchema, { node: [makeNode("Relu", ["b"], ["a"]), makeNode("Relu", ["a"], ["b"])] }),
    );
    expect(isConstant(cycle, "a")).toBe(true);
  });
});

describe("a node", () => {
  it("reads its inputs and what its subgraphs mention", () => {
    const body = create(GraphProtoSchema, {
      node: [makeNode("Add", ["outer", "own"], ["sum"])],
      output: [makeValueInfo("sum", 1)],
    });
    const node = makeNode("Loop", ["n", "", "state"], ["y"]);
    node.attribute.push(create(AttributeProtoSchema, { name: "body", g: body }));
    expect(valuesRead(node)).toEqual(["n", "state", "outer", "own", "sum"]);
  });

  it("is named with its domain", () => {
    expect(operatorName(makeNode("MatMul", [], []))).toBe("MatMul");
    expect(operatorName(makeNode("MatMul", [], [], {}, "ai.onnx"))).toBe("MatMul");
    expect(operatorName(makeNode("MatMulNBits", [], [], {}, microsoftDomain))).toBe("com.microsoft.MatMulNBits");
  });

  it("has integer attributes or not", () => {
    const node = makeNode("Softmax", ["x"], ["y"], { axis: -1 });
    expect(intAttribute(node, "axis")).toBe(-1);
    expect(intAttribute(node, "none")).toBeUndefined();
  });
});
