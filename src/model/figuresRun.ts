import type { Tensor } from "onnxruntime-node";
import { CodedError } from "../core/problem.ts";
import { spanLength } from "../core/span.ts";
import type { KeySteering, TokenFigures } from "../engine/inspectableModel.ts";
import type { TokenSequence } from "../engine/languageModel.ts";
import { headPort } from "../onnx/gatheredHead.ts";
import { decoderFeeds, padBatch } from "./decoderFeeds.ts";
import type { DecoderVariants } from "./decoderVariants.ts";
import { runHeadInPortions } from "./headPortions.ts";
import { steeringFeeds, steeringKind } from "./keySteeringFeeds.ts";
import { loadOnnxRuntime, runSession } from "./onnxRuntime.ts";

/** Most bytes of float32 logits at once; softmax, entropy and rank need a few times as much. */
const headPortionBytes = 16 * 1024 * 1024;

type Outputs = Readonly<Record<string, Tensor>>;

/** Figures of scored tokens: the trunk gives their hidden rows, the head the figures of each. See `InspectableModel`. */
export async function runFigures(
  variants: DecoderVariants,
  batch: readonly TokenSequence[],
  wantedTopK: number,
  steering?: KeySteering,
): Promise<TokenFigures[]> {
  const topK = Math.min(wantedTopK, variants.decoder.vocabSize);
  for (const { tokenIds } of batch) checkTokens(variants, tokenIds);
  if (batch.every(({ scored }) => spanLength(scored) === 0)) return batch.map(() => emptyFigures(0, topK));
  const results: TokenFigures[] = [];
  // A decoder that is not causal would mix the sequences of a batch.
  const nAtOnce = variants.decoder.inputs.fixedBatch ?? (variants.decoder.isCausal ? batch.length : 1);
  for (let first = 0; first < batch.length; first += nAtOnce) {
    const part = batch.slice(first, first + nAtOnce);
    const hidden = await runTrunk(variants, part, steering);
    const targets = part.flatMap(({ tokenIds, scored }) => [...tokenIds.subarray(scored.start, scored.end)]);
    const all = await runHead(variants, hidden, BigInt64Array.from(targets, BigInt), topK);
    let start = 0;
    for (const { scored } of part) {
      const end = start + spanLength(scored);
      results.push(sliceFigures(all, start, end));
      start = end;
    }
  }
  return results;
}

/** log p of every token of the vocabulary after a sequence, float32 `[vocabulary]`, nats. */
export async function runNextLogProbs(variants: DecoderVariants, tokenIds: Int32Array): Promise<Float32Array> {
  checkTokens(variants, tokenIds);
  const { vocabSize } = variants.decoder;
  // The row of the last token is that of a token after it, whichever it is.
  const sequence = { tokenIds, scored: { start: tokenIds.length, end: tokenIds.length + 1 } };
  const hidden = await runTrunk(variants, [sequence]);
  const figures = await runHead(variants, hidden, BigInt64Array.of(0n), vocabSize);
  const logProbs = new Float32Array(vocabSize);
  figures.topIds.forEach((tokenId, choiceIdx) => {
    logProbs[tokenId] = figures.topLogProbs[choiceIdx] as number;
  });
  return logProbs;
}

async function runTrunk(
  variants: DecoderVariants,
  batch: readonly TokenSequence[],
  steering?: KeySteering,
): Promise<Outputs> {
  const { decoder } = variants;
  const padded = padBatch(batch.map(({ tokenIds }) => tokenIds));
  const rows = batch.flatMap(({ scored }, sequenceIdx) =>
    Array.from({ length: spanLength(scored) }, (_, idx) => sequenceIdx * padded.nTokens + scored.start + idx - 1),
  );
  const { Tensor } = await loadOnnxRuntime();
  const feeds = await decoderFeeds(decoder.inputs, padded);
  feeds[headPort.scoredRows] = new Tensor("int64", BigInt64Array.from(rows, BigInt), [rows.length]);
  const kind = steeringKind(steering);
  if (steering !== undefined && kind !== "none") {
    Object.assign(feeds, await steeringFeeds(steering, padded.nTokens, variants));
  }
  const variant = {
    hiddenRows: true,
    ...(kind === "none" ? {} : { steeredLayers: variants.layers }),
    ...(kind === "heads" ? { steeredHeads: true } : {}),
  };
  return variants.trunk(variant, ({ session, file }) => runSession(session, feeds, file));
}

async function runHead(
  variants: DecoderVariants,
  trunkOutputs: Outputs,
  targets: BigInt64Array,
  topK: number,
): Promise<TokenFigures> {
  const all = emptyFigures(targets.length, topK);
  const wanted = topK === 0 ? {} : { entropy: true, rank: true, topK };
  return variants.head(wanted, async ({ session, file }) => {
    const { vocabSize } = variants.decoder;
    await runHeadInPortions(
      { session, file, vocabSize, portionBytes: headPortionBytes },
      trunkOutputs,
      targets,
      (outputs, start) => keepPortion(all, outputs, start),
    );
    return all;
  });
}

function keepPortion(all: TokenFigures, outputs: Outputs, start: number): void {
  const floats = (name: string) => outputs[name]?.data as Float32Array;
  const ids = (name: string) => Int32Array.from(outputs[name]?.data as BigInt64Array, Number);
  all.logProbs.set(floats(headPort.logProb), start);
  if (all.topK === 0) return;
  all.entropies.set(floats(headPort.entropy), start);
  all.ranks.set(ids(headPort.rank), start);
  all.topIds.set(ids(headPort.topIds), start * all.topK);
  all.topLogProbs.set(floats(headPort.topLogProb), start * all.topK);
}

function emptyFigures(nTokens: number, topK: number): TokenFigures {
  const nFigures = topK === 0 ? 0 : nTokens;
  return {
    logProbs: new Float32Array(nTokens),
    ranks: new Int32Array(nFigures),
    entropies: new Float32Array(nFigures),
    topK,
    topIds: new Int32Array(nFigures * topK),
    topLogProbs: new Float32Array(nFigures * topK),
  };
}

function sliceFigures(all: TokenFigures, start: number, end: number): TokenFigures {
  const { topK } = all;
  return {
    logProbs: all.logProbs.slice(start, end),
    ranks: all.ranks.slice(start, end),
    entropies: all.entropies.slice(start, end),
    topK,
    topIds: all.topIds.slice(start * topK, end * topK),
    topLogProbs: all.topLogProbs.slice(start * topK, end * topK),
  };
}

/** @throws CodedError `model/token-out-of-range`. */
export function checkTokens({ decoder, file }: DecoderVariants, tokenIds: Int32Array): void {
  const { vocabSize } = decoder;
  const tokenId = tokenIds.find((id) => id < 0 || id >= vocabSize);
  if (tokenId !== undefined) throw new CodedError("model/token-out-of-range", { file, tokenId, vocabSize });
}
