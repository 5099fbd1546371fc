import { fromBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { generationGraph, generationPort, type NextTokenForm } from "../../../src/onnx/generationGraph.ts";
import { headMaskPort, type SteeringInputs } from "../../../src/onnx/headSteering.ts";
import { ModelProtoSchema } from "../../../src/onnx/proto/onnx_pb.ts";
import { keyBiasPort } from "../../../src/onnx/steeringBias.ts";
import { buildDecoder, smallDecoder } from "../../fixture/decoder.ts";
import type { DecoderOptions } from "../../fixture/decoderBuilder.ts";

const { nLayers } = smallDecoder;
const none: SteeringInputs = { kind: "none", nLayers };

function made(options: Partial<DecoderOptions>, steering = none, keepsCache = true, form: NextTokenForm = "choice") {
  const model = buildDecoder({ ...smallDecoder, ...options });
  const { bytes, presents } = generationGraph(model, steering, keepsCache, form);
  const graph = fromBinary(ModelProtoSchema, bytes).graph ?? expect.unreachable();
  const inputs = graph.input.map(({ name }) => name);
  return { graph, presents, inputs, outputs: graph.output.map(({ name }) => name) };
}

describe("a graph that says the next token", () => {
  it("keeps each cache input with the output that follows it, and gives no logits", () => {
    const { presents, inputs, outputs } = made({ past: true });
    expect(presents?.slice(0, 3)).toEqual(["present.0.key", "present.0.value", "present.1.key"]);
    expect(presents).toHaveLength(2 * nLayers);
    expect(inputs.filter((name) => name.startsWith("past_key_values."))).toHaveLength(2 * nLayers);
    expect(outputs).toEqual([generationPort.nextId, generationPort.nextLogProb, ...(presents ?? [])]);
  });

  it("gives every token's log-probability instead where they are wanted", () => {
    const { presents, outputs } = made({ past: true }, none, true, "distribution");
    expect(outputs).toEqual([generationPort.nextLogProbs, ...(presents ?? [])]);
  });

  it("gives half-precision caches as float32 under names of their own", () => {
    const { presents, graph } = made({ past: true, dtype: "float16" });
    expect(presents?.[0]).toBe("present_float32_0");
    const types = [...graph.input, ...graph.output].map((info) =>
      info.type?.value.case === "tensorType" ? info.type.value.value.elemType : 0,
    );
    expect(types).not.toContain(10);
  });

  it("has no cache where the file has none, or where none is wanted", () => {
    expect(made({ past: false }).presents).toBeNull();
    const { presents, inputs } = made({ past: true, attention: "group-query" }, none, false);
    expect(presents).toBeNull();
    expect(inputs.some((name) => name.startsWith("past"))).toBe(false);
  });

  it("runs the product with the vocabulary for the last row alone", () => {
    const { graph } = made({ past: true, tied: false });
    const product = graph.node.find((node) => node.input.includes("lm_head.weight"));
    const madeBy = (name: string | undefined) => graph.node.find((node) => node.output[0] === name);
    const rows = madeBy(madeBy(product?.input[0])?.input[0]);
    expect([rows?.opType, rows?.input[1]]).toEqual(["Gather", "context-reliance/int64/-1"]);
  });

  it("takes a bias per key, and a mask of heads where heads are chosen", () => {
    const inputsOf = (kind: SteeringInputs["kind"]) => made({}, { kind, nLayers }).inputs;
    expect(inputsOf("none")).not.toContain(keyBiasPort);
    expect(inputsOf("keys")).toContain(keyBiasPort);
    expect(inputsOf("keys")).not.toContain(headMaskPort);
    expect(inputsOf("heads")).toEqual(expect.arrayContaining([keyBiasPort, headMaskPort]));
  });
});
