import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TokenSequence } from "../../src/engine/languageModel.ts";
import { type OnnxSession, openOnnxSession } from "../../src/model/onnxSession.ts";
import { elementType } from "../../src/onnx/elementType.ts";
import { makeNode, makeTensor, makeValueInfo } from "../../src/onnx/graphParts.ts";
import {
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
} from "../../src/onnx/proto/onnx_pb.ts";
import { buildDecoder, smallDecoder, writeDecoder } from "../fixture/decoder.ts";
import type { DecoderOptions } from "../fixture/decoderBuilder.ts";
import { largestDifference, referenceRun, someTokens } from "../fixture/decoderReference.ts";

const folder = mkdtempSync(join(tmpdir(), "onnx-session-"));
afterAll(() => rmSync(folder, { recursive: true }));
const inMemory = { prepack: false, threads: 2 };

function allOf(tokenIds: Int32Array): TokenSequence {
  return { tokenIds, scored: { start: 1, end: tokenIds.length } };
}

async function withSession<T>(
  options: DecoderOptions,
  use: (session: OnnxSession) => Promise<T>,
  prepack = false,
): Promise<T> {
  const file = join(folder, "model.onnx");
  writeDecoder(file, options);
  const session = await openOnnxSession(file, { prepack, threads: 2 });
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}

/** Turns an initializer into a `Constant` node, as some exporters write all of them. */
function intoConstant(graph: GraphProto, name: string): void {
  const tensor = graph.initializer.find((each) => each.name === name);
  if (tensor === undefined) throw new Error(`no initializer ${name}`);
  graph.initializer = graph.initializer.filter((each) => each !== tensor);
  graph.node.unshift(makeNode("Constant", [], [name], { value: tensor }));
}

/** Moves an initializer into both branches of an `If` that hands it out. */
function intoBranch(graph: GraphProto, name: string): void {
  const tensor = graph.initializer.find((each) => each.name === name);
  if (tensor === undefined) throw new Error(`no initializer ${name}`);
  graph.initializer = graph.initializer.filter((each) => each !== tensor);
  graph.initializer.push(makeTensor("condition", elementType.bool, [], Uint8Array.of(1)));
  const node = makeNode("If", ["condition"], [name]);
  for (const branch of ["then_branch", "else_branch"]) {
    const output = makeValueInfo(`${branch}.out`, elementType.float32, tensor.dims.map(Number));
    const inner = { ...tensor, name: `${branch}.weight` };
    const body = create(GraphProtoSchema, {
      name: branch,
      initializer: [inner],
      node: [makeNode("Identity", [inner.name], [output.name])],
      output: [output],
    });
    node.attribute.push(create(AttributeProtoSchema, { name: branch, type: 5, g: body }));
  }
  graph.node.unshift(node);
}

const layouts = ["unfused", "group-query", "multi-head", "standard"] as const;
const cases = layouts.flatMap((attention) =>
  (["float32", "float16"] as const).flatMap((dtype) =>
    // The multi-head fixture has no cache: exporters write it together with one operator's own cache inputs.
    (attention === "multi-head" ? [false] : [true, false]).map((past) => ({ attention, dtype, past })),
  ),
);

describe.each(cases)("$attention $dtype, cache inputs: $past", ({ attention, dtype, past }) => {
  const options = { ...smallDecoder, attention, dtype, past };
  const ids = someTokens(40, options.vocabSize);

  it("gives the log-softmax of the original model's full logits", async () => {
    const reference = await referenceRun(buildDecoder(options), ids);
    const [logProbs] = await withSession(options, (session) => session.logProbs([allOf(ids)]));
    // float16 rounds logits to 1/64 around 30; the two graphs may differ by single roundings.
    const tolerance = dtype === "float32" ? 1e-5 : 0.03;
    expect(largestDifference(logProbs ?? [], reference.nextLogProbs)).toBeLessThan(tolerance);
  });

  it("gives a padded batch the results of single runs", async () => {
    const lengths = [3, 40, 2, 17, 29];
    const batch = lengths.map((nTokens, idx) => allOf(someTokens(nTokens, options.vocabSize, idx)));
    await withSession(options, async (session) => {
      const together = await session.logProbs(batch);
      for (const [idx, sequence] of batch.entries()) {
        const [alone] = await session.logProbs([sequence]);
        expect(largestDifference(together[idx] ?? [], alone ?? [])).toBeLessThan(dtype === "float32" ? 2e-6 : 5e-3);
      }
    });
  });
});

describe("a session", () => {
  it("gives equal results in all layouts, as their weights are equal", async () => {
    const ids = someTokens(64, smallDecoder.vocabSize);
    const results = [];
    for (const attention of layouts) {
      const past = attention !== "multi-head";
      results.push(
        await withSession({ ...smallDecoder, attention, past }, (session) => session.logProbs([allOf(ids)])),
      );
    }
    for (const result of results) expect(largestDifference(result[0] ?? [], results[0]?.[0] ?? [])).toBeLessThan(2e-5);
  });

  it("gives equal results with a tied head and with repacked weights", async () => {
    const ids = someTokens(30, smallDecoder.vocabSize);
    const options = { ...smallDecoder, tied: true };
    const reference = await referenceRun(buildDecoder(options), ids);
    for (const prepack of [false, true]) {
      const [logProbs] = await withSession(options, (session) => session.logProbs([allOf(ids)]), prepack);
      expect(largestDifference(logProbs ?? [], reference.nextLogProbs)).toBeLessThan(2e-5);
    }
  });

  it("scores only what is asked, in the order of the batch", async () => {
    const ids = someTokens(30, smallDecoder.vocabSize);
    await withSession(smallDecoder, async (session) => {
      const [all] = await session.logProbs([allOf(ids)]);
      const spans = [
        { start: 10, end: 14 },
        { start: 5, end: 5 },
        { start: 29, end: 30 },
      ];
      const parts = await session.logProbs(spans.map((scored) => ({ tokenIds: ids, scored })));
      expect(parts.map((part) => part.length)).toEqual([4, 0, 1]);
      expect(largestDifference(parts[0] ?? [], all?.slice(9, 13) ?? [])).toBeLessThan(2e-6);
      expect(largestDifference(parts[2] ?? [], all?.slice(28, 29) ?? [])).toBeLessThan(2e-6);
      expect(await session.logProbs([])).toEqual([]);
    });
  });

  it("gives a head that runs in portions the results of one that does not", async () => {
    // 64 MiB of logits hold 83 rows of this vocabulary.
    const options = { ...smallDecoder, vocabSize: 200_000, width: 16, nHeads: 1, nKeyValueHeads: 1, nLayers: 1 };
    const tokenIds = someTokens(100, options.vocabSize);
    await withSession(options, async (session) => {
      const [all] = await session.logProbs([allOf(tokenIds)]);
      const [tail] = await session.logProbs([{ tokenIds, scored: { start: 70, end: 100 } }]);
      expect(all).toHaveLength(99);
      expect(largestDifference(all?.slice(69) ?? [], tail ?? [])).toBeLessThan(2e-6);
    });
  });

  it("reads large tensors that stand in constants, and in subgraphs", async () => {
    const ids = someTokens(30, smallDecoder.vocabSize);
    const reference = await referenceRun(buildDecoder(smallDecoder), ids);
    for (const wrap of [intoConstant, intoBranch]) {
      const model = buildDecoder(smallDecoder);
      wrap(model.graph ?? create(GraphProtoSchema), "layers.1.gate.weight");
      const file = join(folder, "wrapped.onnx");
      writeFileSync(file, toBinary(ModelProtoSchema, model));
      const session = await openOnnxSession(file, inMemory);
      const [logProbs] = await session.logProbs([allOf(ids)]);
      await session.release();
      expect(largestDifference(logProbs ?? [], reference.nextLogProbs)).toBeLessThan(1e-5);
    }
  });

  it("refuses tokens that the model does not have", async () => {
    const ids = Int32Array.of(1, smallDecoder.vocabSize);
    await withSession(smallDecoder, async (session) => {
      await expect(session.logProbs([allOf(ids)])).rejects.toMatchObject({
        code: "model/token-out-of-range",
        data: { tokenId: smallDecoder.vocabSize, vocabSize: smallDecoder.vocabSize },
      });
      await expect(session.logProbs([{ tokenIds: ids, scored: { start: 0, end: 1 } }])).rejects.toThrow(RangeError);
    });
  });

  it("says what the decoder is", async () => {
    const decoder = await withSession(
      { ...smallDecoder, attention: "group-query" },
      async (session) => session.decoder,
    );
    expect(decoder).toMatchObject({
      vocabSize: 301,
      nLayers: 3,
      nHeads: 4,
      nKeyValueHeads: 2,
      headDim: 16,
      weightFormat: "float32",
      isCausal: true,
    });
  });
});

describe("weights in files of their own", () => {
  const options = { ...smallDecoder, seed: 23 };
  const ids = someTokens(20, options.vocabSize);
  let expected: Float64Array;
  beforeAll(async () => {
    expected = (await referenceRun(buildDecoder(options), ids)).nextLogProbs;
  });

  /** Writes a decoder whose large tensors lie in another file, as exporters do above 2 GB. */
  function writeExternal(target: string, location: string): void {
    const model = buildDecoder(options);
    const chunks: Uint8Array[] = [];
    let offset = 0;
    for (const tensor of model.graph?.initializer ?? []) {
      if (tensor.rawData.length < 1024) continue;
      const entry = { location, offset: String(offset), length: String(tensor.rawData.length) };
      tensor.externalData = Object.entries(entry).map(([key, value]) =>
        create(StringStringEntryProtoSchema, { key, value }),
      );
      tensor.dataLocation = 1;
      chunks.push(tensor.rawData);
      offset += tensor.rawData.length;
      tensor.rawData = new Uint8Array(0);
    }
    writeFileSync(join(target, "model.onnx"), toBinary(ModelProtoSchema, model));
    writeFileSync(join(target, "weights.bin"), Buffer.concat(chunks));
  }

  function subfolder(): string {
    return mkdtempSync(join(folder, "external-"));
  }

  it("are read from beside the graph", async () => {
    const target = subfolder();
    writeExternal(target, "weights.bin");
    const session = await openOnnxSession(join(target, "model.onnx"), inMemory);
    const [logProbs] = await session.logProbs([allOf(ids)]);
    await session.release();
    expect(largestDifference(logProbs ?? [], expected)).toBeLessThan(1e-5);
  });

  it("are found where both files are links into one folder under other names, as in the hub's cache", async () => {
    const blobs = subfolder();
    writeExternal(blobs, "model.onnx_data");
    cpSync(join(blobs, "model.onnx"), join(blobs, "0a1b"));
    cpSync(join(blobs, "weights.bin"), join(blobs, "2c3d"));
    const snapshot = subfolder();
    symlinkSync(join(blobs, "0a1b"), join(snapshot, "model.onnx"));
    symlinkSync(join(blobs, "2c3d"), join(snapshot, "model.onnx_data"));
    const session = await openOnnxSession(join(snapshot, "model.onnx"), inMemory);
    const [logProbs] = await session.logProbs([allOf(ids)]);
    await session.release();
    expect(largestDifference(logProbs ?? [], expected)).toBeLessThan(1e-5);
  });

  it.each([
    ["../weights.bin", "model/external-data-escape"],
    ["/etc/hostname", "model/external-data-escape"],
    ["elsewhere.bin", "model/file-missing"],
  ])("are refused at %s", async (location, code) => {
    const target = subfolder();
    writeExternal(target, location);
    await expect(openOnnxSession(join(target, "model.onnx"), inMemory)).rejects.toMatchObject({ code });
  });

  it("are refused where a link leads out of the folder", async () => {
    const target = subfolder();
    writeExternal(target, "linked.bin");
    const elsewhere = subfolder();
    cpSync(join(target, "weights.bin"), join(elsewhere, "weights.bin"));
    symlinkSync(join(elsewhere, "weights.bin"), join(target, "linked.bin"));
    await expect(openOnnxSession(join(target, "model.onnx"), inMemory)).rejects.toMatchObject({
      code: "model/external-data-escape",
      data: { location: "linked.bin" },
    });
  });

  it("are refused where the file has been cut", async () => {
    const target = subfolder();
    writeExternal(target, "weights.bin");
    truncateSync(join(target, "weights.bin"), 1000);
    await expect(openOnnxSession(join(target, "model.onnx"), inMemory)).rejects.toMatchObject({
      code: "model/file-truncated",
      data: { sizeBytes: 1000 },
    });
  });
});

describe("a file that is no model", () => {
  it("is named where it is missing", async () => {
    const file = join(folder, "none.onnx");
    await expect(openOnnxSession(file, inMemory)).rejects.toMatchObject({ code: "model/file-missing", data: { file } });
    await expect(openOnnxSession(folder, inMemory)).rejects.toMatchObject({ code: "model/file-missing" });
  });

  it("is named where it has been cut", async () => {
    const whole = join(folder, "whole.onnx");
    writeDecoder(whole, smallDecoder);
    const bytes = readFileSync(whole);
    const file = join(folder, "cut.onnx");
    for (const share of [0.1, 0.5, 0.9, 0.999]) {
      writeFileSync(file, bytes.subarray(0, Math.floor(bytes.length * share)));
      await expect(openOnnxSession(file, inMemory)).rejects.toMatchObject({
        code: "model/file-truncated",
        data: { file },
      });
    }
  });

  it("is named where it holds another graph", async () => {
    const model = buildDecoder(smallDecoder);
    for (const output of model.graph?.output ?? []) output.name = "embedded";
    const file = join(folder, "other.onnx");
    writeFileSync(file, toBinary(ModelProtoSchema, model));
    await expect(openOnnxSession(file, inMemory)).rejects.toMatchObject({
      code: "model/unsupported-graph",
      data: { file, reason: "no-logits" },
    });
  });

  it("is named where ONNX Runtime refuses it", async () => {
    const model = buildDecoder(smallDecoder);
    const norm = model.graph?.node.find((node) => node.opType === "SimplifiedLayerNormalization");
    if (norm !== undefined) norm.opType = "NoSuchOperator";
    const file = join(folder, "unknown.onnx");
    writeFileSync(file, toBinary(ModelProtoSchema, model));
    const opening = openOnnxSession(file, inMemory);
    await expect(opening).rejects.toMatchObject({ code: "model/load-failed", data: { file } });
    await expect(opening).rejects.toThrow(/NoSuchOperator/);
  });
});
