// An experiment: scoring sequences that share a prompt, whole as the product does, or from one cache of the shared part:
// `prefixSide.ts MODEL_FOLDER N_ROUNDS N_ROWS N_SHARED`. Prints JSON. The two take turns in one process.

import { toBinary } from "@bufbuild/protobuf";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { spanLength } from "../../src/core/span.ts";
import { batches } from "../../src/engine/batches.ts";
import type { TokenSequence } from "../../src/engine/languageModel.ts";
import { openOnnxFile } from "../../src/model/onnxFile.ts";
import { createSession, loadOnnxRuntime } from "../../src/model/onnxRuntime.ts";
import { openOnnxSession } from "../../src/model/onnxSession.ts";
import { describeDecoder } from "../../src/onnx/decoderGraph.ts";
import { gatherHiddenRows, headPort } from "../../src/onnx/gatheredHead.ts";
import { GraphDraft } from "../../src/onnx/graphDraft.ts";
import { headBytes } from "../../src/onnx/instrumentation.ts";
import { ModelProtoSchema } from "../../src/onnx/proto/onnx_pb.ts";
import { pruneDeadNodes } from "../../src/onnx/pruning.ts";
import { seededRandom } from "../fixture/decoderWeights.ts";
import { threads } from "./benchSettings.ts";
import { graphFile } from "./lengthPass.ts";

export interface PrefixSide {
  readonly nTokens: number;
  /** One per round. */
  readonly wholeSeconds: readonly number[];
  readonly sharedSeconds: readonly number[];
  readonly largestDifference: number;
}

const { Tensor: TensorClass } = await loadOnnxRuntime();
const [folder = "", nRounds = "", nRows = "", nShared = ""] = process.argv.slice(2);
const file = graphFile(folder);
const shared = tokens(Number(nShared), 1);
const sequences = chatSequences(Number(nRows));
const whole = await openOnnxSession(file, { prepack: true, threads });
const { trunk, head, past } = await openCached();

const wholeSeconds: number[] = [];
const sharedSeconds: number[] = [];
const nTokens = sequences.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
let largestDifference = 0;
for (let round = 0; round < Number(nRounds); round++) {
  const startMs = performance.now();
  const expected = await scoreWhole();
  const middleMs = performance.now();
  const found = await scoreShared();
  sharedSeconds.push((performance.now() - middleMs) / 1000);
  wholeSeconds.push((middleMs - startMs) / 1000);
  for (const [idx, values] of expected.entries()) {
    for (const [at, value] of values.entries()) {
      largestDifference = Math.max(largestDifference, Math.abs(value - (found[idx]?.[at] ?? Number.NaN)));
    }
  }
}
const result: PrefixSide = { nTokens, wholeSeconds, sharedSeconds, largestDifference };
process.stdout.write(JSON.stringify(result), () => process.exit(0));

function tokens(nIds: number, seed: number): Int32Array {
  const random = seededRandom(seed);
  return Int32Array.from({ length: nIds }, () => 7 + Math.floor(random() * 4000));
}

/** Rows as the other benchmarks have them: a passage of 60 to 180 tokens open-book, a question, an answer of 1 to 25. */
function chatSequences(count: number): TokenSequence[] {
  const random = seededRandom(7);
  return Array.from({ length: count }, (_, rowIdx) => {
    const nContext = 60 + Math.floor(random() * 120);
    const nTarget = 1 + Math.floor(random() * 25);
    return [nContext, 0].map((nOwn): TokenSequence => {
      const own = tokens(nOwn + 16 + nTarget, rowIdx + 2);
      const tokenIds = Int32Array.of(...shared, ...own);
      return { tokenIds, scored: { start: tokenIds.length - nTarget, end: tokenIds.length } };
    });
  }).flat();
}

async function scoreWhole(): Promise<Float32Array[]> {
  const results: Float32Array[] = [];
  for (const group of batches(sequences)) {
    const logProbs = await whole.logProbs(group.map((idx) => sequences[idx] as TokenSequence));
    for (const [at, idx] of group.entries()) results[idx] = logProbs[at] ?? new Float32Array();
  }
  return results;
}

/** A trunk that keeps its cache inputs and outputs and gives hidden rows. */
async function openCached(): Promise<{ trunk: InferenceSession; head: InferenceSession; past: string[] }> {
  const onnx = openOnnxFile(file);
  const draft = new GraphDraft(onnx.model);
  gatherHiddenRows(draft);
  draft.graph.output = draft.graph.output.filter(({ name }) => name !== "logits");
  pruneDeadNodes(draft.graph);
  const options = { prepack: true, threads };
  return {
    trunk: await createSession(toBinary(ModelProtoSchema, draft.model), onnx.folder, file, options),
    head: await createSession(headBytes(onnx.model), onnx.folder, file, options),
    past: describeDecoder(onnx.model).inputs.past.map(({ name }) => name),
  };
}

/** The shared part runs once; batches of the rest get its cache, one copy per sequence. */
async function scoreShared(): Promise<Float32Array[]> {
  const nPrefix = shared.length;
  const rest = sequences.map(({ tokenIds, scored }) => ({
    tokenIds: tokenIds.subarray(nPrefix),
    scored: { start: scored.start - nPrefix, end: scored.end - nPrefix },
  }));
  const outputs = await trunk.run({
    ...trunkFeeds([{ tokenIds: shared, scored: { start: 1, end: 2 } }], 0),
    ...emptyPast(),
  });
  const caches = past.map((name) => outputs[name.replace("past_key_values", "present")] as Tensor);
  const results: Float32Array[] = [];
  const copies = new Map<number, Record<string, Tensor>>();
  for (const group of batches(rest)) {
    const part = group.map((idx) => rest[idx] as TokenSequence);
    const repeated = copies.get(part.length) ?? repeatCaches(caches, part.length);
    copies.set(part.length, repeated);
    const logProbs = await run(part, { ...trunkFeeds(part, nPrefix), ...repeated });
    for (const [at, idx] of group.entries()) results[idx] = logProbs[at] ?? new Float32Array();
  }
  return results;
}

function trunkFeeds(part: readonly TokenSequence[], nPast: number): Record<string, Tensor> {
  const longest = Math.max(...part.map(({ tokenIds }) => tokenIds.length));
  const grid = (width: number, value: (ids: Int32Array, at: number) => number) =>
    new TensorClass(
      "int64",
      BigInt64Array.from(
        part.flatMap(({ tokenIds }) => Array.from({ length: width }, (_, at) => BigInt(value(tokenIds, at)))),
      ),
      [part.length, width],
    );
  const rows = part.flatMap(({ scored }, sequenceIdx) =>
    Array.from({ length: scored.end - scored.start }, (_, at) => BigInt(sequenceIdx * longest + scored.start + at - 1)),
  );
  return {
    input_ids: grid(longest, (ids, at) => ids[at] ?? 0),
    attention_mask: grid(nPast + longest, (ids, at) => (at < nPast + ids.length ? 1 : 0)),
    position_ids: grid(longest, (_ids, at) => nPast + at),
    [headPort.scoredRows]: new TensorClass("int64", BigInt64Array.from(rows), [rows.length]),
  };
}

function emptyPast(): Record<string, Tensor> {
  const dims = describeDecoder(openOnnxFile(file).model).inputs.past.map((cache) => cache.dims);
  return Object.fromEntries(
    past.map((name, idx) => {
      const shape = (dims[idx] ?? []).map((dim) => (dim === "batch" ? 1 : dim));
      return [name, new TensorClass("float32", new Float32Array(0), shape)];
    }),
  );
}

function repeatCaches(caches: readonly Tensor[], nSequences: number): Record<string, Tensor> {
  return Object.fromEntries(
    caches.map((cache, idx) => {
      const one = cache.data as Float32Array;
      const all = new Float32Array(one.length * nSequences);
      for (let sequenceIdx = 0; sequenceIdx < nSequences; sequenceIdx++) all.set(one, sequenceIdx * one.length);
      return [past[idx] ?? "", new TensorClass("float32", all, [nSequences, ...cache.dims.slice(1)])];
    }),
  );
}

async function run(part: readonly TokenSequence[], feeds: Record<string, Tensor>): Promise<Float32Array[]> {
  const trunkOutputs = await trunk.run(feeds, [headPort.hiddenRows]);
  const targets = part.flatMap(({ tokenIds, scored }) => [...tokenIds.subarray(scored.start, scored.end)].map(BigInt));
  const outputs = await head.run({
    [headPort.hiddenRows]: trunkOutputs[headPort.hiddenRows] as Tensor,
    [headPort.targetIds]: new TensorClass("int64", BigInt64Array.from(targets), [targets.length, 1]),
  });
  const all = outputs[headPort.logProb]?.data as Float32Array;
  let start = 0;
  return part.map(({ scored }) => {
    const own = all.slice(start, start + spanLength(scored));
    start += own.length;
    return own;
  });
}
