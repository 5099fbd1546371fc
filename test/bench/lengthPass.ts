import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Tensor } from "onnxruntime-node";
import { dependencyLayer } from "../../src/core/contextDependency.ts";
import { runReducedAttention } from "../../src/model/attentionRun.ts";
import { decoderFeeds, padBatch } from "../../src/model/decoderFeeds.ts";
import { DecoderVariants } from "../../src/model/decoderVariants.ts";
import { openOnnxFile } from "../../src/model/onnxFile.ts";
import { createSession, loadOnnxRuntime, runSession } from "../../src/model/onnxRuntime.ts";
import { openOnnxSession } from "../../src/model/onnxSession.ts";
import { type DecoderGraph, describeDecoder } from "../../src/onnx/decoderGraph.ts";
import { headPort } from "../../src/onnx/gatheredHead.ts";
import { trunkBytes } from "../../src/onnx/instrumentation.ts";
import { threads } from "./benchSettings.ts";

/**
 * - `logits`: the file as it is, opened by its path; full logits come back.
 * - `hidden`, `hiddenPacked`: the instrumented trunk; hidden rows of the last 64 positions come back, no head runs. Weights
 *   stay in the file's pages, or are repacked.
 * - `logProbs`: scoring of every token, weights repacked.
 * - `ledger`: attention of all layers at the last 64 positions, summed over nine groups of keys.
 * - `dependency`: the same at one layer and one group, the layers behind it removed.
 */
export type PassName = "logits" | "hidden" | "hiddenPacked" | "logProbs" | "ledger" | "dependency";

/** One way of running a model over a sequence. */
export interface LengthPass {
  readonly name: PassName;
  run(tokenIds: Int32Array): Promise<unknown>;
}

const nScored = 64;
const nLedgerGroups = 9;

/** Where a bench model's graph is. */
export function graphFile(folder: string): string {
  return join(folder, "onnx", "model.onnx");
}

export async function openPasses(
  names: readonly PassName[],
  folder: string,
): Promise<{ passes: LengthPass[]; nLayers: number }> {
  const file = graphFile(folder);
  const onnx = openOnnxFile(file);
  const decoder = describeDecoder(onnx.model);
  const { num_attention_heads: nHeads } = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
  const variants = new DecoderVariants(onnx, decoder, { file, nHeads, threads });
  const attention = (layers: readonly number[] | null, nGroups: number) => (tokenIds: Int32Array) =>
    runReducedAttention(variants, { tokenIds, ...lastQueries(tokenIds, nGroups), nGroups, layers });
  const open: Record<PassName, () => Promise<LengthPass["run"]>> = {
    logits: () => openLogits(file, decoder),
    hidden: () => openHidden(file, decoder, false),
    hiddenPacked: () => openHidden(file, decoder, true),
    logProbs: async () => {
      const session = await openOnnxSession(file, { prepack: true, threads });
      return (tokenIds) => session.logProbs([{ tokenIds, scored: { start: 1, end: tokenIds.length } }]);
    },
    ledger: async () => attention(null, nLedgerGroups),
    dependency: async () => attention([dependencyLayer(decoder.nLayers)], 1),
  };
  const passes: LengthPass[] = [];
  for (const name of names) passes.push({ name, run: await open[name]() });
  return { passes, nLayers: decoder.nLayers };
}

async function openLogits(file: string, decoder: DecoderGraph): Promise<LengthPass["run"]> {
  const { InferenceSession } = await loadOnnxRuntime();
  const session = await InferenceSession.create(file, { intraOpNumThreads: threads });
  return async (tokenIds) => runSession(session, await decoderFeeds(decoder.inputs, padBatch([tokenIds])), file);
}

async function openHidden(file: string, decoder: DecoderGraph, prepack: boolean): Promise<LengthPass["run"]> {
  const { model, folder } = openOnnxFile(file);
  const session = await createSession(trunkBytes(model, { hiddenRows: true }), folder, file, { prepack, threads });
  const { Tensor } = await loadOnnxRuntime();
  return async (tokenIds) => {
    const feeds: Record<string, Tensor> = await decoderFeeds(decoder.inputs, padBatch([tokenIds]));
    const { queries } = lastQueries(tokenIds, 1);
    feeds[headPort.scoredRows] = new Tensor("int64", BigInt64Array.from(queries, BigInt), [queries.length]);
    return runSession(session, feeds, file);
  };
}

/** The last positions as queries, and keys dealt out to groups in turn. */
function lastQueries(tokenIds: Int32Array, nGroups: number): { queries: number[]; groups: Float32Array } {
  const nTokens = tokenIds.length;
  const nQueries = Math.min(nScored, nTokens);
  const groups = new Float32Array(nTokens * nGroups);
  for (let key = 0; key < nTokens; key++) groups[key * nGroups + (key % nGroups)] = 1;
  return { queries: Array.from({ length: nQueries }, (_, idx) => nTokens - nQueries + idx), groups };
}
