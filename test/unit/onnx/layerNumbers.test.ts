import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { elementType } from "../../../src/onnx/elementType.ts";
import { indexGraph } from "../../../src/onnx/graphIndex.ts";
import { makeNode, makeTensor, makeValueInfo } from "../../../src/onnx/graphParts.ts";
import { countNumberedLayers, layerNumber } from "../../../src/onnx/layerNumbers.ts";
import { GraphProtoSchema, type NodeProto } from "../../../src/onnx/proto/onnx_pb.ts";

function indexOf(node: NodeProto[], weights: string[] = [], inputs: string[] = []) {
  const one = (name: string) => makeTensor(name, elementType.float32, [1], new Float32Array(1));
  return indexGraph(
    create(GraphProtoSchema, {
      node,
      initializer: weights.map(one),
      input: inputs.map((name) => makeValueInfo(name, elementType.float32)),
    }),
  );
}

it.each([
  ["model.layers.7.self_attn.q_proj.weight", 7],
  ["transformer.h.3.attn.c_attn.weight", 3],
  ["/model/layers.12/attn/q_proj/MatMul", 12],
  ["past_key_values.4.key", 4],
  ["past_2", 2],
  ["gpt_neox.layers.0.attention", 0],
  ["bch.3.weight", null],
  ["layers.weight", null],
  ["layers.123456.x", null],
])("a name tells its layer: %s", (name, expected) => {
  const softmax = makeNode("Softmax", ["scores"], ["pattern"]);
  const index = indexOf(
    [makeNode("MatMul", ["x", name], ["q"]), makeNode("MatMul", ["q", "k"], ["scores"]), softmax],
    [name],
  );
  expect(layerNumber(index, softmax)).toBe(expected);
});

it("the nearest name counts, back to a limit, and diamonds and cycles end", () => {
  const near = makeNode("MatMul", ["far", "layers.5.q.weight"], ["near"]);
  const far = makeNode("MatMul", ["x", "layers.4.o.weight"], ["far"]);
  const softmax = makeNode("Softmax", ["near"], ["p"]);
  expect(layerNumber(indexOf([far, near, softmax]), softmax)).toBe(5);
  const chain = Array.from({ length: 60 }, (_, idx) => makeNode("Add", [`v${idx}`, `v${idx}`], [`v${idx + 1}`]));
  chain.push(makeNode("Add", ["v60", "v0"], ["v0"]));
  const end = makeNode("Softmax", ["v60"], ["p"]);
  expect(layerNumber(indexOf([...chain, end]), end)).toBeNull();
});

it("layers are counted by weights, nodes and caches; the norm behind the last is none", () => {
  expect(countNumberedLayers(indexOf([], ["model.layers.0.w", "model.layers.3.w"]))).toBe(4);
  expect(countNumberedLayers(indexOf([], [], ["past_key_values.5.key"]))).toBe(6);
  expect(countNumberedLayers(indexOf([], ["model.layers.1.w", "model.layers.2.final_norm_layernorm.weight"]))).toBe(2);
  expect(countNumberedLayers(indexOf([makeNode("Relu", ["x"], ["y"])]))).toBe(0);
});
