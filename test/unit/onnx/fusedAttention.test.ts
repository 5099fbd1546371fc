import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { findAttention } from "../../../src/onnx/attentionLayouts.ts";
import { elementType } from "../../../src/onnx/elementType.ts";
import { writeOutAttention } from "../../../src/onnx/fusedAttention.ts";
import { GraphDraft } from "../../../src/onnx/graphDraft.ts";
import { indexGraph } from "../../../src/onnx/graphIndex.ts";
import {
  type AttributeValue,
  makeNode,
  makeTensor,
  makeValueInfo,
  microsoftDomain,
} from "../../../src/onnx/graphParts.ts";
import { GraphProtoSchema, ModelProtoSchema, OperatorSetIdProtoSchema } from "../../../src/onnx/proto/onnx_pb.ts";

const { float32, int32 } = elementType;

interface Form {
  readonly input?: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly maskDims?: readonly (number | string)[];
  readonly opset?: bigint;
}

/** A layer of fused attention between two other nodes, written out. */
function written({ input = [], attributes = {}, maskDims, opset = 17n }: Form) {
  const attention = makeNode(
    "Attention",
    ["hidden", "weight", "bias", ...input],
    ["a"],
    { num_heads: 4, ...attributes },
    microsoftDomain,
  );
  const model = create(ModelProtoSchema, {
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: "", version: opset })],
    graph: create(GraphProtoSchema, {
      input: [makeValueInfo("x", float32, ["b", "t", 8]), makeValueInfo("mask", int32, maskDims)],
      initializer: [
        makeTensor("weight", float32, [8, 24], new Float32Array(192)),
        makeTensor("bias", float32, [24], new Float32Array(24)),
      ],
      node: [
        makeNode("Relu", ["x"], ["hidden"]),
        makeNode("Cast", ["mask"], ["typed"], { to: int32 }),
        makeNode("Trilu", ["typed"], ["unknown"]),
        makeNode("Identity", ["turned"], ["round"]),
        makeNode("Identity", ["round"], ["turned"]),
        attention,
        makeNode("Relu", ["a"], ["y"]),
      ],
    }),
  });
  const draft = new GraphDraft(model);
  const index = indexGraph(draft.graph);
  const node = index.producers.get("a");
  if (node === undefined) throw new Error("no attention");
  return { draft, pattern: writeOutAttention(draft, index, node) };
}

const operators = (draft: GraphDraft) => draft.graph.node.map((node) => node.opType);
const refusal = (form: string) =>
  expect.objectContaining({ data: expect.objectContaining({ reason: "attention-form", form }) });

describe("fused attention", () => {
  it("becomes a layer of primitive operators in its place, found as such", () => {
    const { draft, pattern } = written({ attributes: { unidirectional: 1 } });
    expect(operators(draft)).not.toContain("Attention");
    expect(draft.graph.node.at(-1)).toMatchObject({ opType: "Relu", input: ["a"] });
    expect(draft.graph.node.at(-2)).toMatchObject({ opType: "Reshape", output: ["a"] });
    const [found] = findAttention(indexGraph(draft.graph));
    expect(found).toMatchObject({ layout: { kind: "unfused" }, node: { opType: "Softmax", output: [pattern] } });
  });

  it("is masked by what it says: nothing, later keys, keys, queries and keys", () => {
    expect(operators(written({}).draft)).not.toContain("Where");
    expect(operators(written({ attributes: { unidirectional: 1 } }).draft)).toContain("Less");
    const byKey = operators(written({ input: ["mask"], maskDims: ["b", "t"] }).draft);
    expect(byKey).toContain("Where");
    expect(byKey).not.toContain("And");
    expect(
      operators(written({ input: ["typed"], maskDims: ["b", "t"], attributes: { unidirectional: 1 } }).draft),
    ).toContain("And");
    expect(operators(written({ input: ["mask"], maskDims: ["b", "t", "t"] }).draft)).toContain("Where");
  });

  it("adds a bias of its own, and splits as the operator version asks", () => {
    expect(operators(written({ input: ["", "", "x"] }).draft).filter((each) => each === "Add")).toHaveLength(2);
    const split = (form: Form) => written(form).draft.graph.node.find((node) => node.opType === "Split");
    const sizes = { qkv_hidden_sizes: [4, 4, 16] };
    expect(split({})?.attribute.map(({ name }) => name)).toEqual(["axis"]);
    expect(split({ opset: 18n })?.attribute.map(({ name }) => name)).toEqual(["axis", "num_outputs"]);
    expect(split({ attributes: sizes })?.input).toHaveLength(2);
    expect(split({ attributes: sizes, opset: 12n })?.attribute.map(({ name }) => name)).toEqual(["axis", "split"]);
  });

  it.each([
    ["past", { input: ["", "x"] }],
    ["do_rotary", { attributes: { do_rotary: 1 } }],
    ["mask of rank 1", { input: ["mask"], maskDims: ["b"] }],
    ["mask of rank 4", { input: ["mask"], maskDims: ["b", 1, 8, 8] }],
    ["mask of rank unknown", { input: ["unknown"], maskDims: ["b", "t"] }],
    ["mask of rank unknown", { input: ["turned"] }],
  ] as [string, Form][])("is left alone with %s", (form, parts) => {
    expect(() => written(parts)).toThrow(refusal(form));
  });
});
