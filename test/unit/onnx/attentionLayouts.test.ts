import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { findAttention } from "../../../src/onnx/attentionLayouts.ts";
import { elementType } from "../../../src/onnx/elementType.ts";
import { GraphDraft } from "../../../src/onnx/graphDraft.ts";
import { indexGraph } from "../../../src/onnx/graphIndex.ts";
import { makeInt64, makeNode, makeTensor, makeValueInfo, microsoftDomain } from "../../../src/onnx/graphParts.ts";
import { GraphProtoSchema, ModelProtoSchema, type NodeProto } from "../../../src/onnx/proto/onnx_pb.ts";

const float = elementType.float32;

function found(node: NodeProto[]) {
  const graph = create(GraphProtoSchema, {
    input: ["q", "k", "v", "mask", "router"].map((name) => makeValueInfo(name, float)),
    initializer: [
      makeTensor("scale", float, [], Float32Array.of(1)),
      makeTensor("weight", float, [2, 2], new Float32Array(4)),
      makeInt64("two", [2]),
    ],
    node,
  });
  return findAttention(indexGraph(graph));
}

const scores = makeNode("MatMul", ["q", "k"], ["products"]);
const values = (pattern: string) => makeNode("MatMul", [pattern, "v"], ["mixed"]);

describe("unfused attention", () => {
  it.each([
    ["a bare softmax", [makeNode("Softmax", ["products"], ["p"], { axis: -1 }), values("p")]],
    ["the last of four axes", [makeNode("Softmax", ["products"], ["p"], { axis: 3 }), values("p")]],
    [
      "a scale and an added mask",
      [
        makeNode("Div", ["products", "scale"], ["scaled"]),
        makeNode("Add", ["scaled", "mask"], ["s"]),
        makeNode("Softmax", ["s"], ["p"], { axis: -1 }),
        values("p"),
      ],
    ],
    [
      "a mask that replaces, and a soft cap",
      [
        makeNode("Tanh", ["products"], ["capped"]),
        makeNode("Mul", ["capped", "scale"], ["scaled"]),
        makeNode("Where", ["mask", "scaled", "scale"], ["s"]),
        makeNode("Softmax", ["s"], ["p"], { axis: -1 }),
        values("p"),
      ],
    ],
    [
      "casts around the softmax and leftover dropout",
      [
        makeNode("Cast", ["products"], ["s"], { to: float }),
        makeNode("Softmax", ["s"], ["p"], { axis: -1 }),
        makeNode("Cast", ["p"], ["p16"], { to: elementType.float16 }),
        makeNode("Dropout", ["p16"], ["kept"]),
        values("kept"),
      ],
    ],
  ])("is found with %s", (_name, nodes) => {
    expect(found([scores, ...nodes]).map(({ layout, node }) => [layout.kind, node.opType])).toEqual([
      ["unfused", "Softmax"],
    ]);
  });

  it("is told from a router's softmax, pooled weights, and a softmax over another axis", () => {
    const router = [
      makeNode("MatMul", ["router", "weight"], ["r"]),
      makeNode("Softmax", ["r"], ["p"], { axis: -1 }),
      makeNode("TopK", ["p", "two"], ["t", "i"]),
    ];
    expect(found(router)).toEqual([]);
    const weighted = [
      makeNode("MatMul", ["router", "weight"], ["r"]),
      makeNode("Softmax", ["r"], ["p"], { axis: -1 }),
      values("p"),
    ];
    expect(found(weighted)).toEqual([]);
    const fixed = [
      scores,
      makeNode("Softmax", ["products"], ["p"], { axis: -1 }),
      makeNode("MatMul", ["p", "weight"], ["out"]),
    ];
    expect(found(fixed)).toEqual([]);
    expect(found([scores, makeNode("Softmax", ["products"], ["p"], { axis: 1 }), values("p")])).toEqual([]);
  });

  it("has a pattern behind the replacement of NaN, and before a cast", () => {
    const node = [
      scores,
      makeNode("Softmax", ["products"], ["p"], { axis: -1 }),
      makeNode("IsNaN", ["p"], ["nan"]),
      makeNode("Where", ["nan", "scale", "p"], ["clean"]),
      makeNode("Cast", ["clean"], ["p16"], { to: elementType.float16 }),
      values("p16"),
    ];
    const model = create(ModelProtoSchema, { graph: create(GraphProtoSchema, { node }) });
    const draft = new GraphDraft(model);
    const index = indexGraph(draft.graph);
    const [attention] = findAttention(index);
    expect(attention?.layout.tapPattern(draft, index, attention.node)).toBe("clean");
  });
});

describe("fused attention", () => {
  it("is found by its operator, in the order of layers", () => {
    const layers = found([
      makeNode("GroupQueryAttention", ["q", "k", "v"], ["a"], { num_heads: 8, kv_num_heads: 2 }, microsoftDomain),
      makeNode("MultiHeadAttention", ["a", "k", "v"], ["b"], { num_heads: 6 }, microsoftDomain),
      makeNode("Attention", ["b", "k", "v"], ["c"], { q_num_heads: 4, kv_num_heads: 4 }),
      makeNode("Attention", ["c", "weight"], ["d"], { num_heads: 4 }, microsoftDomain),
      makeNode("GroupQueryAttention", ["q"], ["e"], {}, "some.other.domain"),
    ]);
    expect(layers.map(({ layout }) => layout.kind)).toEqual(["group-query", "multi-head", "standard", "fused"]);
    const index = indexGraph(create(GraphProtoSchema, {}));
    expect(layers.map(({ layout, node }) => layout.heads(index, node))).toEqual([
      { nHeads: 8, nKeyValueHeads: 2 },
      { nHeads: 6, nKeyValueHeads: 6 },
      { nHeads: 4, nKeyValueHeads: 4 },
      { nHeads: 4, nKeyValueHeads: 4 },
    ]);
  });
});
