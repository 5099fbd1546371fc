import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { CodedError } from "../../../src/core/problem.ts";
import { bufferSource } from "../../../src/onnx/byteSource.ts";
import { describeDecoder } from "../../../src/onnx/decoderGraph.ts";
import { elementType } from "../../../src/onnx/elementType.ts";
import { externalFiles } from "../../../src/onnx/externalData.ts";
import { makeNode, makeTensor, makeValueInfo } from "../../../src/onnx/graphParts.ts";
import { headBytes, trunkBytes } from "../../../src/onnx/instrumentation.ts";
import {
  AttributeProtoSchema,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from "../../../src/onnx/proto/onnx_pb.ts";
import { inlineTensorBytes, readLimits } from "../../../src/onnx/readLimits.ts";
import { readSkeleton } from "../../../src/onnx/skeleton.ts";
import { buildDecoder, smallDecoder } from "../../fixture/decoder.ts";
import { seededRandom } from "../../fixture/decoderWeights.ts";

function modelBytes(initializer: TensorProto[], node = [makeNode("Relu", ["x"], ["y"])]): Uint8Array {
  const graph = create(GraphProtoSchema, {
    name: "g",
    initializer,
    node,
    input: [makeValueInfo("x", elementType.float32, ["n"])],
  });
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 10n, graph }));
}

function skeletonTensor(bytes: Uint8Array, tensorIdx = 0): TensorProto {
  const tensor = readSkeleton(bufferSource(bytes), "model.onnx").graph?.initializer[tensorIdx];
  if (tensor === undefined) throw new Error("no initializer");
  return tensor;
}

function entries(tensor: TensorProto): Record<string, string> {
  return Object.fromEntries(tensor.externalData.map(({ key, value }) => [key, value]));
}

function weight(name: string, sizeBytes: number): TensorProto {
  return makeTensor(
    name,
    elementType.uint8,
    [sizeBytes],
    Uint8Array.from({ length: sizeBytes }, (_, idx) => idx % 251),
  );
}

describe("the skeleton", () => {
  it("refers to large raw data at its place in the file", () => {
    const bytes = modelBytes([weight("w", 5000), weight("v", 2000)]);
    for (const [tensorIdx, sizeBytes] of [5000, 2000].entries()) {
      const tensor = skeletonTensor(bytes, tensorIdx);
      const { location, offset, length } = entries(tensor);
      expect([location, Number(length), tensor.dataLocation, tensor.rawData.length]).toEqual([
        "model.onnx",
        sizeBytes,
        1,
        0,
      ]);
      const found = bytes.subarray(Number(offset), Number(offset) + Number(length));
      expect(found).toEqual(weight("", sizeBytes).rawData);
      expect(tensor.dims).toEqual([BigInt(sizeBytes)]);
    }
  });

  it("keeps small data inline, up to the limit", () => {
    expect(skeletonTensor(modelBytes([weight("s", inlineTensorBytes - 1)])).rawData).toHaveLength(
      inlineTensorBytes - 1,
    );
    expect(skeletonTensor(modelBytes([weight("s", inlineTensorBytes)])).rawData).toHaveLength(0);
  });

  it("refers to packed floats, whose wire bytes are the tensor's", () => {
    const values = Array.from({ length: 400 }, (_, idx) => idx / 7);
    const tensor = create(TensorProtoSchema, {
      name: "f",
      dataType: elementType.float32,
      dims: [400n],
      floatData: values,
    });
    const bytes = modelBytes([tensor]);
    const { offset, length } = entries(skeletonTensor(bytes));
    const raw = bytes.slice(Number(offset), Number(offset) + Number(length));
    expect(Array.from(new Float32Array(raw.buffer))).toEqual(values.map(Math.fround));
  });

  it("keeps varint-coded data inline: no file range holds its bytes", () => {
    const int32Data = Array.from({ length: 2000 }, (_, idx) => idx);
    const tensor = create(TensorProtoSchema, { name: "h", dataType: elementType.float16, dims: [2000n], int32Data });
    expect(skeletonTensor(modelBytes([tensor])).int32Data).toEqual(int32Data);
  });

  it("keeps the entries of tensors that already are external", () => {
    const tensor = create(TensorProtoSchema, {
      name: "e",
      dataType: elementType.float32,
      dims: [1000n],
      dataLocation: 1,
      externalData: [{ key: "location", value: "other.bin" }],
    });
    expect(entries(skeletonTensor(modelBytes([tensor])))).toEqual({ location: "other.bin" });
  });

  it("reaches tensors inside subgraphs and attributes", () => {
    const inner = create(GraphProtoSchema, { name: "then", initializer: [weight("deep", 3000)] });
    const branch = makeNode("If", ["c"], ["y"]);
    branch.attribute.push(create(AttributeProtoSchema, { name: "then_branch", type: 5, g: inner }));
    const constant = makeNode("Constant", [], ["k"], { value: weight("", 4000) });
    const model = readSkeleton(bufferSource(modelBytes([], [branch, constant])), "m.onnx");
    const [first, second] = model.graph?.node ?? [];
    expect(entries(first?.attribute[0]?.g?.initializer[0] ?? weight("", 0)).length).toBe("3000");
    expect(entries(second?.attribute[0]?.t ?? weight("", 0)).length).toBe("4000");
  });

  it("drops doc strings and exporter metadata, and keeps fields it does not know", () => {
    const known = modelBytes([weight("s", 10)]);
    const doc = new TextEncoder().encode("stack trace");
    const unknownField = [0x98, 0x3e, 0x07];
    const bytes = Uint8Array.from([...known, 0x32, doc.length, ...doc, ...unknownField]);
    const again = toBinary(ModelProtoSchema, readSkeleton(bufferSource(bytes), "m.onnx"));
    expect(Buffer.from(again).includes("stack trace")).toBe(false);
    expect(Buffer.from(again).includes(Buffer.from(unknownField))).toBe(true);
  });

  it("reads only what is not weight", () => {
    const bytes = modelBytes([weight("w", 3_000_000), weight("v", 3_000_000)]);
    let readBytes = 0;
    const source = {
      size: bytes.length,
      read(offset: number, length: number) {
        readBytes += Math.min(length, bytes.length - offset);
        return bytes.subarray(offset, offset + length);
      },
    };
    readSkeleton(source, "model.onnx");
    expect(readBytes).toBeLessThan(300_000);
  });
});

describe("a file that cannot be read", () => {
  it("is cut at any place: truncated, never half a model", () => {
    const bytes = modelBytes([weight("w", 5000), weight("s", 20)]);
    const codes = new Set<string>();
    for (let end = 3; end < bytes.length; end++) codes.add(codeOf(bytes.subarray(0, end)));
    expect([...codes]).toEqual(["model/file-truncated"]);
  });

  it.each([
    ["nothing", "", "no-graph"],
    ["a pointer file", "version https://git-lfs.github.com/spec/v1\noid sha256:00", "git-lfs-pointer"],
  ])("holds %s", (_name, text, reason) => {
    const source = bufferSource(new TextEncoder().encode(text));
    expect(() => readSkeleton(source, "m")).toThrow(
      expect.objectContaining({ code: "model/file-corrupt", data: { position: 0, reason } }),
    );
  });

  it("nests messages deeper than any exporter", () => {
    let graph = create(GraphProtoSchema, { name: "innermost" });
    for (let depth = 0; depth < readLimits.nesting; depth++) {
      const node = makeNode("If", ["c"], ["y"]);
      node.attribute.push(create(AttributeProtoSchema, { name: "then_branch", type: 5, g: graph }));
      graph = create(GraphProtoSchema, { name: "g", node: [node] });
    }
    const bytes = toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph }));
    expect(() => readSkeleton(bufferSource(bytes), "m")).toThrow(
      expect.objectContaining({ code: "model/graph-over-limit", data: expect.objectContaining({ limit: "nesting" }) }),
    );
  });

  it("has a name longer than any exporter's", () => {
    const bytes = modelBytes([weight("n".repeat(readLimits.nameBytes + 1), 4)]);
    expect(() => readSkeleton(bufferSource(bytes), "m")).toThrow(
      expect.objectContaining({ data: expect.objectContaining({ limit: "nameBytes", allowed: readLimits.nameBytes }) }),
    );
  });

  it("has more fields than any exporter writes", () => {
    // A graph of empty nodes: two bytes each.
    const nNodes = readLimits.nFields + 1;
    const graph = new Uint8Array(2 * nNodes).map((_, idx) => (idx % 2 === 0 ? 0x0a : 0));
    const length = [0, 7, 14, 21].map((shift) => ((graph.length >> shift) & 127) | (shift < 21 ? 128 : 0));
    const bytes = new Uint8Array(5 + graph.length);
    bytes.set([0x3a, ...length]);
    bytes.set(graph, 5);
    expect(() => readSkeleton(bufferSource(bytes), "m")).toThrow(
      expect.objectContaining({ data: expect.objectContaining({ limit: "nFields" }) }),
    );
  });
});

describe("mutated files", () => {
  it("end in instrumented graphs or a coded error, within seconds", () => {
    const original = toBinary(ModelProtoSchema, buildDecoder({ ...smallDecoder, nLayers: 1, vocabSize: 50 }));
    const random = seededRandom(2024);
    const outcomes = new Map<string, number>();
    const startMs = performance.now();
    for (let nCases = 0; nCases < 400; nCases++) {
      const bytes = original.slice(0, random() < 0.1 ? Math.floor(random() * original.length) : original.length);
      const nChanges = 1 + Math.floor(random() * 8);
      for (let change = 0; change < nChanges; change++) {
        // Half of the changes fall into the structure before the first weights.
        const range = random() < 0.5 ? Math.min(4000, bytes.length) : bytes.length;
        bytes[Math.floor(random() * range)] = Math.floor(random() * 256);
      }
      const outcome = codeOf(bytes, instrument);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    const allowed = [
      "read",
      "model/file-corrupt",
      "model/file-truncated",
      "model/graph-over-limit",
      "model/unsupported-graph",
    ];
    expect([...outcomes.keys()].filter((outcome) => !allowed.includes(outcome))).toEqual([]);
    expect(outcomes.get("read")).toBeGreaterThan(10);
    expect(outcomes.get("model/file-corrupt")).toBeGreaterThan(10);
    expect(performance.now() - startMs).toBeLessThan(20_000);
  });
});

/** Everything that is done to a file's graph before ONNX Runtime sees it. */
function instrument(model: ModelProto): void {
  externalFiles(model);
  const { attention } = describeDecoder(model);
  const layers = attention.map((_, layerIdx) => layerIdx);
  trunkBytes(model, {
    hiddenRows: true,
    ...(layers.length > 0 ? { reducedAttention: layers, steeredLayers: layers } : {}),
  });
  headBytes(model);
}

function codeOf(bytes: Uint8Array, use: (model: ModelProto) => void = () => {}): string {
  try {
    use(readSkeleton(bufferSource(bytes), "model.onnx"));
    return "read";
  } catch (error) {
    return error instanceof CodedError ? error.code : `not coded: ${(error as Error).stack}`;
  }
}
