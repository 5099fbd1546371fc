import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { elementType } from "../../../src/onnx/elementType.ts";
import { makeDeclaredValue, makeInt64, makeNode, makeValueInfo } from "../../../src/onnx/graphParts.ts";
import {
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  SparseTensorProtoSchema,
  TensorAnnotationSchema,
} from "../../../src/onnx/proto/onnx_pb.ts";
import { neededBy, pruneDeadNodes } from "../../../src/onnx/pruning.ts";
import { buildDecoder, smallDecoder } from "../../fixture/decoder.ts";

const float = elementType.float32;

/** Two chains: x -> a -> out, and y -> b -> dead. */
function twoChains(): GraphProto {
  return create(GraphProtoSchema, {
    input: [makeValueInfo("x", float), makeValueInfo("y", float)],
    output: [makeValueInfo("out", float)],
    initializer: [makeInt64("live", [1]), makeInt64("dead-weight", [1])],
    valueInfo: [makeDeclaredValue("a", float), makeDeclaredValue("b", float)],
    node: [
      makeNode("Add", ["x", "live"], ["a"]),
      makeNode("Add", ["y", "dead-weight"], ["b"]),
      makeNode("Relu", ["a"], ["out"]),
      makeNode("Relu", ["b"], ["dead"]),
    ],
    sparseInitializer: [create(SparseTensorProtoSchema, { values: makeInt64("dead-sparse", [1]) })],
    quantizationAnnotation: [
      create(TensorAnnotationSchema, { tensorName: "b" }),
      create(TensorAnnotationSchema, { tensorName: "a" }),
    ],
  });
}

describe("pruning", () => {
  it("removes nodes, weights, inputs and notes that no output depends on", () => {
    const graph = twoChains();
    expect(pruneDeadNodes(graph)).toBe(2);
    expect(graph.node.map((node) => node.output[0])).toEqual(["a", "out"]);
    expect(graph.initializer.map((tensor) => tensor.name)).toEqual(["live"]);
    expect(graph.input.map((input) => input.name)).toEqual(["x"]);
    expect(graph.valueInfo.map((info) => info.name)).toEqual(["a"]);
    expect(graph.sparseInitializer).toEqual([]);
    expect(graph.quantizationAnnotation.map((note) => note.tensorName)).toEqual(["a"]);
  });

  it("changes nothing where everything is needed", () => {
    const graph = twoChains();
    graph.output.push(makeValueInfo("dead", float));
    expect(pruneDeadNodes(graph)).toBe(0);
    expect(graph.node).toHaveLength(4);
    expect(pruneDeadNodes(graph)).toBe(0);
  });

  it("keeps a node for any of its outputs, and declared types of its others", () => {
    const graph = create(GraphProtoSchema, {
      input: [makeValueInfo("x", float)],
      node: [makeNode("Split", ["x"], ["left", "right"])],
      output: [makeValueInfo("right", float)],
      valueInfo: [makeDeclaredValue("left", float)],
    });
    pruneDeadNodes(graph);
    expect(graph.node[0]?.output).toEqual(["left", "right"]);
    expect(graph.valueInfo).toHaveLength(1);
  });

  it("keeps what only a subgraph reads, however deep", () => {
    const innermost = create(GraphProtoSchema, {
      node: [makeNode("Relu", ["captured"], ["r"])],
      output: [makeValueInfo("r", float)],
    });
    const loop = makeNode("Loop", ["n"], ["l"]);
    loop.attribute.push(create(AttributeProtoSchema, { name: "body", g: innermost }));
    const branch = create(GraphProtoSchema, { node: [loop], output: [makeValueInfo("handed-through", float)] });
    const condition = makeNode("If", ["c"], ["out"]);
    condition.attribute.push(create(AttributeProtoSchema, { name: "then_branch", g: branch }));
    const graph = create(GraphProtoSchema, {
      input: ["x", "c", "n", "handed-through", "unused"].map((name) => makeValueInfo(name, float)),
      node: [makeNode("Neg", ["x"], ["captured"]), condition],
      output: [makeValueInfo("out", float)],
    });
    pruneDeadNodes(graph);
    expect(graph.node.map((node) => node.opType)).toEqual(["Neg", "If"]);
    expect(graph.input.map((input) => input.name)).toEqual(["x", "c", "n", "handed-through"]);
  });

  it("does not follow left-out optional inputs to one another", () => {
    const graph = create(GraphProtoSchema, {
      input: [makeValueInfo("x", float)],
      node: [makeNode("Clip", ["x", "", ""], ["out"]), makeNode("Dropout", ["x"], ["d", ""])],
      output: [makeValueInfo("out", float)],
    });
    expect(pruneDeadNodes(graph)).toBe(1);
  });

  it("ends on a graph that reads itself", () => {
    const graph = create(GraphProtoSchema, {
      node: [makeNode("Relu", ["b"], ["a"]), makeNode("Relu", ["a"], ["b"])],
      output: [makeValueInfo("a", float)],
    });
    expect(pruneDeadNodes(graph)).toBe(0);
  });

  it("cuts a decoder's later layers with all their weights and caches", () => {
    const graph = buildDecoder(smallDecoder).graph ?? twoChains();
    graph.output = [makeValueInfo("layers.0.hidden", float)];
    pruneDeadNodes(graph);
    expect(graph.node.some((node) => /layers\.[12]/.test(node.name))).toBe(false);
    expect(graph.initializer.some((tensor) => /layers\.[12]|lm_head/.test(tensor.name))).toBe(false);
    expect(graph.input.map((input) => input.name)).toContain("past_key_values.0.key");
    expect(graph.input.map((input) => input.name)).not.toContain("past_key_values.1.key");
  });
});

describe("what values need", () => {
  it("is their nodes and all values those read", () => {
    const graph = twoChains();
    const { nodes, values } = neededBy(graph, ["a"]);
    expect([...nodes].map((node) => node.output[0])).toEqual(["a"]);
    expect([...values].sort()).toEqual(["a", "live", "x"]);
  });
});
