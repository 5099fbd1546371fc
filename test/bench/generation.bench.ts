// Greedy answers: tokens per second against a bare ONNX Runtime loop over the file's own graph and cache.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { decoderFeeds, padBatch } from "../../src/model/decoderFeeds.ts";
import { DecoderVariants } from "../../src/model/decoderVariants.ts";
import { runGeneration } from "../../src/model/generationRun.ts";
import { openOnnxFile } from "../../src/model/onnxFile.ts";
import { loadOnnxRuntime } from "../../src/model/onnxRuntime.ts";
import { type DecoderGraph, describeDecoder } from "../../src/onnx/decoderGraph.ts";
import { someTokens } from "../fixture/decoderReference.ts";
import { benchModel, bundledModel } from "./benchModel.ts";
import { BenchReport } from "./benchReport.ts";
import { isQuick, rounds, threads } from "./benchSettings.ts";
import { shapes } from "./exportedModel.ts";
import { median, spread } from "./measure.ts";

const nPromptTokens = isQuick ? 8 : 200;
const nNewTokens = isQuick ? 4 : 64;
const windowTokens = 4096;
const signal = new AbortController().signal;

/** What a user would write: the whole logits of each step in JavaScript, the largest one picked there. */
async function bareLoop(session: InferenceSession, decoder: DecoderGraph, promptIds: Int32Array): Promise<number[]> {
  const { Tensor } = await loadOnnxRuntime();
  const chosen: number[] = [];
  let feeds = await decoderFeeds(decoder.inputs, padBatch([promptIds]));
  while (true) {
    const needed = Object.fromEntries(session.inputNames.map((name) => [name, feeds[name] as Tensor]));
    const outputs = await session.run(needed);
    const logits = ((outputs.logits as Tensor).data as Float32Array).subarray(-decoder.vocabSize);
    let best = 0;
    for (let id = 1; id < logits.length; id++) if ((logits[id] as number) > (logits[best] as number)) best = id;
    chosen.push(best);
    if (chosen.length === nNewTokens) return chosen;
    const nTokens = promptIds.length + chosen.length;
    feeds = {
      input_ids: new Tensor("int64", BigInt64Array.of(BigInt(best)), [1, 1]),
      attention_mask: new Tensor("int64", new BigInt64Array(nTokens).fill(1n), [1, nTokens]),
      position_ids: new Tensor("int64", BigInt64Array.of(BigInt(nTokens - 1)), [1, 1]),
    };
    for (const { name } of decoder.inputs.past) {
      feeds[name] = outputs[name.replace("past_key_values", "present")] as Tensor;
    }
  }
}

async function measure(name: string, folder: string): Promise<{ cells: string[]; ratio: number }> {
  const graph = readdirSync(join(folder, "onnx")).find((each) => each.endsWith(".onnx")) ?? "model.onnx";
  const path = join(folder, "onnx", graph);
  const file = openOnnxFile(path);
  const decoder = describeDecoder(file.model);
  const variants = new DecoderVariants(file, decoder, { file: path, nHeads: null, threads, answersMany: true });
  const { InferenceSession } = await loadOnnxRuntime();
  const session = await InferenceSession.create(path, { intraOpNumThreads: threads, logSeverityLevel: 4 });
  const promptIds = someTokens(nPromptTokens, decoder.vocabSize);
  const bounds = { stopIds: new Set<number>(), windowTokens };
  const ours = () => runGeneration(variants, promptIds, bounds, { maxNewTokens: nNewTokens, signal });
  const isEqual = (await bareLoop(session, decoder, promptIds)).join() === (await ours()).tokenIds.join();
  const rates = { bare: [] as number[], ours: [] as number[], ratio: [] as number[] };
  for (let round = 0; round < rounds(7); round++) {
    const startMs = performance.now();
    await bareLoop(session, decoder, promptIds);
    const middleMs = performance.now();
    await ours();
    const endMs = performance.now();
    rates.bare.push((1000 * nNewTokens) / (middleMs - startMs));
    rates.ours.push((1000 * nNewTokens) / (endMs - middleMs));
    rates.ratio.push((middleMs - startMs) / (endMs - middleMs));
  }
  await session.release();
  await variants.release();
  const numbers = [rates.bare, rates.ours, rates.ratio].map(spread);
  return { cells: [name, ...numbers, isEqual ? "yes" : "no"], ratio: median(rates.ratio) };
}

const report = new BenchReport("generation");
const shape = {
  ...(isQuick ? shapes["4m"] : shapes["135m"]),
  windowTokens,
  past: true,
  attention: "group-query",
} as const;
const results = [
  await measure("bundled", bundledModel),
  await measure(`group-query ${isQuick ? "4m" : "135m"}`, benchModel(`generation-${isQuick ? "4m" : "135m"}`, shape)),
];
report.table(
  "Greedy generation with the cache",
  `${nPromptTokens} prompt tokens, ${nNewTokens} new ones, both in turn in one process. The bare loop opens the file by its path and takes each step's logits to JavaScript; ours picks the token inside the graph.`,
  ["model", "bare, tokens/s", "ours, tokens/s", "ours over bare", "equal tokens"],
  results.map(({ cells }) => cells),
);
for (const { cells, ratio } of results) {
  report.goal(`tokens/s of a bare loop, ${cells[0]}`, ">= 0.9", ratio.toFixed(2), ratio >= 0.9);
}
report.save();
