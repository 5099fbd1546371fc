import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { withoutCacheBranch } from "../../../src/onnx/cacheBranch.ts";
import { elementType } from "../../../src/onnx/elementType.ts";
import { makeInt64, makeNode, makeValueInfo } from "../../../src/onnx/graphParts.ts";
import {
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
} from "../../../src/onnx/proto/onnx_pb.ts";

const float = elementType.float32;

/** A branch that computes `value` from the outer `x` under names that the other branch uses too. */
function branch(
  operator: string,
  parts: Partial<Pick<GraphProto, "initializer" | "node" | "output">> = {},
): GraphProto {
  return create(GraphProtoSchema, {
    name: operator,
    initializer: [makeInt64("axes", [1])],
    node: [makeNode(operator, ["x", "axes"], ["inner"]), makeNode("Relu", ["inner"], ["value"])],
    output: [makeValueInfo("value", float)],
    ...parts,
  });
}

function choice(condition: string, thenBranch: GraphProto, elseBranch: GraphProto, output = "y"): NodeProto {
  const node = makeNode("If", [condition], [output]);
  node.attribute.push(
    create(AttributeProtoSchema, { name: "then_branch", type: 5, g: thenBranch }),
    create(AttributeProtoSchema, { name: "else_branch", type: 5, g: elseBranch }),
  );
  return node;
}

function modelOf(node: NodeProto[], hasSwitch = true): ModelProto {
  const input = [makeValueInfo("x", float, ["n"])];
  if (hasSwitch) input.push(makeValueInfo("use_cache_branch", elementType.bool, [1]));
  return create(ModelProtoSchema, {
    graph: create(GraphProtoSchema, { input, node, output: [makeValueInfo("y", float)] }),
  });
}

const operators = (model: ModelProto) => model.graph?.node.map((node) => node.opType);
const [withCache, without] = [branch("Unsqueeze"), branch("Squeeze")];

describe("a choice between decoders", () => {
  it("gives way to the branch that runs without a cache", () => {
    const model = modelOf([choice("use_cache_branch", withCache, without)]);
    const inlined = withoutCacheBranch(model);
    expect(operators(inlined)).toEqual(["Squeeze", "Relu", "Identity"]);
    expect(inlined.graph?.initializer.map(({ name }) => name)).toEqual(["axes"]);
    expect(inlined.graph?.node.at(-1)).toMatchObject({ input: ["value"], output: ["y"] });
    expect(operators(model)).toEqual(["If"]);
  });

  it("is read through negations and changes of shape and type", () => {
    const condition = [
      makeNode("Squeeze", ["use_cache_branch"], ["flat"]),
      makeNode("Not", ["flat"], ["none"]),
      makeNode("Cast", ["none"], ["condition"], { to: elementType.bool }),
    ];
    const inlined = withoutCacheBranch(modelOf([...condition, choice("condition", without, withCache)]));
    expect(operators(inlined)).toEqual(["Squeeze", "Not", "Cast", "Squeeze", "Relu", "Identity"]);
    const twice = [makeNode("Not", ["use_cache_branch"], ["a"]), makeNode("Not", ["a"], ["b"])];
    expect(operators(withoutCacheBranch(modelOf([...twice, choice("b", withCache, without)])))?.[2]).toBe("Squeeze");
  });

  it("gives names of its own to values of several choices", () => {
    const second = branch("Abs", {
      node: [makeNode("Abs", ["y1"], ["inner"]), makeNode("Relu", ["inner"], ["value"])],
    });
    const inlined = withoutCacheBranch(
      modelOf([choice("use_cache_branch", withCache, without, "y1"), choice("use_cache_branch", without, second)]),
    );
    const made = inlined.graph?.node.flatMap((node) => node.output) ?? [];
    expect(new Set(made).size).toBe(made.length);
    expect(inlined.graph?.node.map((node) => node.input[0])).toEqual([
      "x",
      "inner",
      "value",
      "y1",
      "inner-2",
      "value-2",
    ]);
    expect(inlined.graph?.initializer.map(({ name }) => name)).toEqual(["axes", "axes-2"]);
  });

  it("hands out values of the graph around it, and renames inside nested choices", () => {
    const nested = branch("Abs", {
      node: [
        choice(
          "other",
          branch("Sin"),
          branch("Cos", { initializer: [], node: [makeNode("Cos", ["inner"], ["value"])] }),
          "inner",
        ),
      ],
      output: [makeValueInfo("x", float)],
    });
    const inlined = withoutCacheBranch(
      modelOf([makeNode("Relu", ["x"], ["inner"]), choice("use_cache_branch", withCache, nested)]),
    );
    expect(operators(inlined)).toEqual(["Relu", "If", "Identity"]);
    expect(inlined.graph?.node[1]?.output).toEqual(["inner-2"]);
    expect(inlined.graph?.node[1]?.attribute[1]?.g?.node[0]?.input).toEqual(["inner-2"]);
    expect(inlined.graph?.node[2]).toMatchObject({ input: ["x"], output: ["y"] });
  });

  it("stays where the condition is another, or nobody asks for a cache", () => {
    const other = modelOf([makeNode("Equal", ["x", "x"], ["same"]), choice("same", withCache, without)]);
    expect(withoutCacheBranch(other).graph?.node.map((node) => node.opType)).toEqual(["Equal", "If"]);
    const plain = modelOf([choice("use_cache_branch", withCache, without)], false);
    expect(withoutCacheBranch(plain)).toBe(plain);
    const cycle = modelOf([
      makeNode("Not", ["b"], ["a"]),
      makeNode("Not", ["a"], ["b"]),
      choice("a", withCache, without),
    ]);
    expect(operators(withoutCacheBranch(cycle))).toEqual(["Not", "Not", "If"]);
  });
});
