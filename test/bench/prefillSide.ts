// Prefill against the machine's own speed of products, in one process: `prefillSide.ts SHAPE MODEL_FOLDER N_ROUNDS T`.
// Prints JSON. Big products, the model's own products by themselves and the model take turns.
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { decoderFeeds, padBatch } from "../../src/model/decoderFeeds.ts";
import { openOnnxFile } from "../../src/model/onnxFile.ts";
import { createSession } from "../../src/model/onnxRuntime.ts";
import { describeDecoder } from "../../src/onnx/decoderGraph.ts";
import { headPort } from "../../src/onnx/gatheredHead.ts";
import { trunkBytes } from "../../src/onnx/instrumentation.ts";
import { threads } from "./benchSettings.ts";
import { type ShapeName, shapes } from "./exportedModel.ts";
import { graphFile, openPasses } from "./lengthPass.ts";
import { median } from "./measure.ts";
import { type Product, productFlops, productGraph } from "./productGraph.ts";

export interface PrefillSide {
  readonly nTokens: number;
  /** Operations of one pass without the head, as the graph runs them: attention over all pairs of tokens. */
  readonly flops: number;
  /** The same with attention over the pairs that causality allows. */
  readonly causalFlops: number;
  /** Per round, in 1e9 operations per second: the fastest of the big products. */
  readonly peakGflops: readonly number[];
  /** Per round: seconds of the model's own products by themselves, all layers. */
  readonly productSeconds: readonly number[];
  readonly modelSeconds: readonly number[];
  /** Share of a profiled pass by kind of operator, largest first. */
  readonly operators: readonly (readonly [string, number])[];
}

const [shape = "", folder = "", nRounds = "", length = ""] = process.argv.slice(2);
const nTokens = Number(length);
const { nLayers, width, nHeads, nKeyValueHeads, headDim, innerWidth } = shapes[shape as ShapeName];
const weights = (name: string, nInner: number, nColumns: number): Product => ({
  ...{ name, nHeads: 0, nRows: nTokens, nInner, nColumns },
});
const layerProducts: Product[] = [
  weights("query", width, nHeads * headDim),
  weights("key", width, nKeyValueHeads * headDim),
  weights("value", width, nKeyValueHeads * headDim),
  { name: "scores", nHeads, nRows: nTokens, nInner: headDim, nColumns: nTokens },
  { name: "mixed", nHeads, nRows: nTokens, nInner: nTokens, nColumns: headDim },
  weights("output", nHeads * headDim, width),
  weights("gate", width, innerWidth),
  weights("up", width, innerWidth),
  weights("down", innerWidth, width),
];
const bigProducts: Product[] = [
  { name: "square", nHeads: 0, nRows: 1024, nInner: 2048, nColumns: 2048 },
  { name: "wide", nHeads: 0, nRows: 512, nInner: 1024, nColumns: 4096 },
  { name: "deep", nHeads: 0, nRows: 512, nInner: 4096, nColumns: 1024 },
];
const flops = nLayers * layerProducts.reduce((sum, product) => sum + productFlops(product), 0);
const attentionFlops = nLayers * layerProducts.filter((p) => p.nHeads > 0).reduce((sum, p) => sum + productFlops(p), 0);

const peaks = await Promise.all(bigProducts.map((product) => productRun([product])));
const own = await productRun(layerProducts);
const { passes } = await openPasses(["hiddenPacked"], folder);
const tokenIds = Int32Array.from({ length: nTokens }, (_, idx) => ((idx * 7) % 4000) + 7);
const model = async () => passes[0]?.run(tokenIds);
for (const run of [...peaks, own, model]) await run();

const peakGflops: number[] = [];
const productSeconds: number[] = [];
const modelSeconds: number[] = [];
for (let round = 0; round < Number(nRounds); round++) {
  const speeds: number[] = [];
  for (const [idx, run] of peaks.entries()) {
    const product = bigProducts[idx] as Product;
    // The fastest of several: the machine's peak, not what neighbours left of it.
    const best = Math.min(...(await timesOf(run, 10)));
    speeds.push(productFlops(product) / best / 1e9);
  }
  peakGflops.push(Math.max(...speeds));
  productSeconds.push(nLayers * median(await timesOf(own, 5)));
  modelSeconds.push(median(await timesOf(model, 3)));
}
const result: PrefillSide = {
  ...{ nTokens, flops, causalFlops: flops - attentionFlops * (1 - (nTokens + 1) / (2 * nTokens)) },
  ...{ peakGflops, productSeconds, modelSeconds, operators: await profile() },
};
process.stdout.write(JSON.stringify(result), () => process.exit(0));

async function productRun(products: readonly Product[]): Promise<() => Promise<unknown>> {
  const { bytes, inputs } = productGraph(products);
  const session = await createSession(bytes, tmpdir(), "products", { prepack: true, threads });
  const feeds: Record<string, Tensor> = {};
  for (const [name, dims] of inputs) {
    feeds[name] = new Tensor("float32", new Float32Array(dims.reduce((size, dim) => size * dim, 1)).fill(0.01), dims);
  }
  return () => session.run(feeds);
}

async function timesOf(run: () => Promise<unknown>, nRuns: number): Promise<number[]> {
  const seconds: number[] = [];
  for (let idx = 0; idx < nRuns; idx++) {
    const startMs = performance.now();
    await run();
    seconds.push((performance.now() - startMs) / 1000);
  }
  return seconds;
}

/** One pass through ONNX Runtime's profiler. */
async function profile(): Promise<[string, number][]> {
  const onnx = openOnnxFile(graphFile(folder));
  const session = await InferenceSession.create(trunkBytes(onnx.model, { hiddenRows: true }), {
    intraOpNumThreads: threads,
    enableProfiling: true,
    profileFilePrefix: `${tmpdir()}/prefill-${process.pid}`,
    extra: { "session.model_external_initializers_file_folder_path": onnx.folder },
  });
  const feeds = await decoderFeeds(describeDecoder(onnx.model).inputs, padBatch([tokenIds]));
  feeds[headPort.scoredRows] = new Tensor("int64", BigInt64Array.of(BigInt(nTokens - 1)), [1]);
  await session.run(feeds);
  session.endProfiling();
  const { readdirSync } = await import("node:fs");
  const file = readdirSync(tmpdir()).find((name) => name.startsWith(`prefill-${process.pid}`));
  if (file === undefined) return [];
  const events: { cat: string; name: string; dur: number; args?: { op_name?: string } }[] = JSON.parse(
    readFileSync(`${tmpdir()}/${file}`, "utf8"),
  );
  rmSync(`${tmpdir()}/${file}`);
  const sums = new Map<string, number>();
  for (const { cat, name, dur, args } of events) {
    if (cat !== "Node" || !name.endsWith("_kernel_time")) continue;
    const kind = args?.op_name ?? "";
    sums.set(kind, (sums.get(kind) ?? 0) + dur);
  }
  const total = [...sums.values()].reduce((sum, value) => sum + value, 0);
  return [...sums].map(([kind, sum]): [string, number] => [kind, sum / total]).sort((a, b) => b[1] - a[1]);
}
