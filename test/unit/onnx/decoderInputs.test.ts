import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { decoderInputs } from "../../../src/onnx/decoderInputs.ts";
import { elementType } from "../../../src/onnx/elementType.ts";
import { makeInt64, makeValueInfo } from "../../../src/onnx/graphParts.ts";
import { GraphProtoSchema, type ValueInfoProto } from "../../../src/onnx/proto/onnx_pb.ts";

const { int64, int32, float32, float16, bool } = elementType;
const ids = makeValueInfo("input_ids", int64, ["batch", "sequence"]);
const inputsOf = (...input: ValueInfoProto[]) => decoderInputs(create(GraphProtoSchema, { input }));
const refusal = (reason: string, input?: string) =>
  expect.objectContaining({
    code: "model/unsupported-graph",
    data: input === undefined ? { reason } : { reason, input },
  });

describe("a decoder's inputs", () => {
  it("are known by name, with the type they take", () => {
    const found = inputsOf(
      ids,
      makeValueInfo("attention_mask", int32, ["batch", "total"]),
      makeValueInfo("position_ids", int64, ["batch", "sequence"]),
      makeValueInfo("use_cache_branch", bool, [1]),
    );
    expect(found).toEqual({
      tokenIds: { name: "input_ids", type: int64 },
      attentionMask: { name: "attention_mask", type: int32 },
      positionIds: { name: "position_ids", type: int64 },
      cacheSwitch: { name: "use_cache_branch", type: bool },
      past: [],
      fixedBatch: null,
    });
  });

  it("may be the ids alone", () => {
    expect(inputsOf(ids)).toMatchObject({ attentionMask: null, positionIds: null, cacheSwitch: null });
  });

  it("do not include initializers that old files list as inputs", () => {
    const graph = create(GraphProtoSchema, {
      input: [ids, makeValueInfo("w", int64, [1])],
      initializer: [makeInt64("w", [1])],
    });
    expect(decoderInputs(graph).past).toEqual([]);
  });

  it("may be fixed to a batch size", () => {
    expect(inputsOf(makeValueInfo("input_ids", int64, [1, "sequence"])).fixedBatch).toBe(1);
  });
});

describe("a cache", () => {
  it("is fed with a past of length 0", () => {
    const { past } = inputsOf(
      ids,
      makeValueInfo("past_key_values.0.key", float16, ["batch", 2, "past", 64]),
      makeValueInfo("past_0", float32, [2, "batch", 4, "past", 8]),
      makeValueInfo("past_key_values.1.value", float32, [1, 2, 0, 64]),
    );
    expect(past).toEqual([
      { name: "past_key_values.0.key", type: float16, dims: ["batch", 2, 0, 64] },
      { name: "past_0", type: float32, dims: [2, "batch", 4, 0, 8] },
      { name: "past_key_values.1.value", type: float32, dims: [1, 2, 0, 64] },
    ]);
  });

  it("that is a state of fixed size is fed with zeros", () => {
    const { past } = inputsOf(ids, makeValueInfo("past_conv.0", float32, ["batch", 32, 4]));
    expect(past).toEqual([{ name: "past_conv.0", type: float32, dims: ["batch", 32, 4] }]);
  });
});

describe("a graph is refused", () => {
  it("without token ids", () => {
    expect(() => inputsOf(makeValueInfo("inputs_embeds", float32, ["b", "s", 8]))).toThrow(refusal("no-token-input"));
    expect(() => inputsOf(makeValueInfo("input_ids", float32, ["b", "s"]))).toThrow(refusal("no-token-input"));
  });

  it.each([
    ["with a cache of fixed length", makeValueInfo("past_key_values.0.key", float32, ["b", 2, 16, 64]), "static-cache"],
    ["with a flat cache", makeValueInfo("key_cache.0", float32, ["b", 16, 32]), "static-cache"],
    ["with a cache of integers", makeValueInfo("past_key_values.0.key", int64, ["b", 2, "past", 64]), "static-cache"],
    [
      "with heads of unknown number",
      makeValueInfo("past_key_values.0.key", float32, ["b", "heads", "past", 64]),
      "input",
    ],
    ["with a state of unknown size", makeValueInfo("past_conv.0", float32, ["b", "width", 4]), "input"],
    ["with an input of unknown meaning", makeValueInfo("block_table", int32, ["b", "blocks"]), "input"],
    ["with a four-dimensional mask", makeValueInfo("attention_mask", int64, ["b", 1, "s", "t"]), "input"],
    ["with a cache that declares no shape", makeValueInfo("past_key_values.0.key", float32), "input"],
  ])("%s", (_name, input, reason) => {
    expect(() => inputsOf(ids, input)).toThrow(refusal(reason, input.name));
  });
});

describe("absurd inputs", () => {
  it("are refused: tokens of all sequences in one row", () => {
    expect(() => inputsOf(makeValueInfo("input_ids", int64, ["tokens"]))).toThrow(
      refusal("packed-tokens", "input_ids"),
    );
  });

  it.each([0, -1])("are refused: a batch of %s", (batch) => {
    expect(() => inputsOf(makeValueInfo("input_ids", int64, [batch, "sequence"]))).toThrow(
      refusal("input", "input_ids"),
    );
  });

  it.each([
    ["past_key_values.0.key", [1, 0, "past", 16]],
    ["past_key_values.0.key", [1, -2, "past", 16]],
    ["past_key_values.0.key", [1, 2, "past", "width"]],
    ["past.0.conv", ["batch", 2 ** 40, 3]],
    ["past.0.conv", ["batch", 2 ** 20, 2 ** 20]],
    ["past.0.conv", ["batch", 0, 3]],
    ["past.0.conv", ["batch", "width", 3]],
  ])("are refused: %s of shape %j", (name, shape) => {
    expect(() => inputsOf(ids, makeValueInfo(name, float32, shape))).toThrow(refusal("input", name));
  });
});
