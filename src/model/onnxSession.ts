import type { InferenceSession, Tensor } from "onnxruntime-node";
import { CodedError } from "../core/problem.ts";
import { spanLength } from "../core/span.ts";
import type { TokenSequence } from "../engine/languageModel.ts";
import { type DecoderGraph, describeDecoder } from "../onnx/decoderGraph.ts";
import { headPort } from "../onnx/gatheredHead.ts";
import { headBytes, trunkBytes } from "../onnx/instrumentation.ts";
import { decoderFeeds, padBatch } from "./decoderFeeds.ts";
import { runHeadInPortions } from "./headPortions.ts";
import { type OnnxFile, openOnnxFile, withFileName } from "./onnxFile.ts";
import { createSession, loadOnnxRuntime, runSession, type SessionOptions } from "./onnxRuntime.ts";

/**
 * Most bytes of float32 logits that exist at once. The head runs over portions of the scored rows: their number does not
 * change a result, and small portions stay in the processor's caches between the product and the softmax.
 */
const headPortionBytes = 64 * 1024 * 1024;

/** A decoder that runs: token sequences in, log-probabilities out. */
export interface OnnxSession {
  readonly decoder: DecoderGraph;
  /**
   * log p(token | tokens before it) of every scored token, float32 `[scored token]` per sequence, nats. The sequences
   * run as one padded batch; results equal those of single runs within float32 rounding.
   *
   * @throws CodedError `model/token-out-of-range`, `model/run-failed`.
   */
  logProbs(batch: readonly TokenSequence[]): Promise<Float32Array[]>;
  release(): Promise<void>;
}

/**
 * Opens a decoder for scoring. The file's graph is changed in memory to give hidden rows at scored positions and no
 * logits; weights stay in the file.
 *
 * @throws CodedError `model/file-missing`, `model/file-truncated`, `model/file-corrupt`, `model/unsupported-graph`,
 * `model/load-failed`, each with `file`.
 */
export async function openOnnxSession(file: string, options: SessionOptions): Promise<OnnxSession> {
  const graph = openOnnxFile(file);
  const decoder = withFileName(file, () => describeDecoder(graph.model));
  return openScoringSession(file, graph, decoder, options);
}

/** As `openOnnxSession`, of a graph that was read already. */
export async function openScoringSession(
  file: string,
  { model, folder }: OnnxFile,
  decoder: DecoderGraph,
  options: SessionOptions,
): Promise<OnnxSession> {
  const parts = withFileName(file, () => ({
    trunk: trunkBytes(model, { hiddenRows: true }),
    head: headBytes(model),
  }));
  const trunk = await createSession(parts.trunk, folder, file, options);
  const head = await createSession(parts.head, folder, file, options);
  return new ScoringSession(file, decoder, trunk, head);
}

class ScoringSession implements OnnxSession {
  readonly decoder: DecoderGraph;
  readonly #file: string;
  readonly #trunk: InferenceSession;
  readonly #head: InferenceSession;

  constructor(file: string, decoder: DecoderGraph, trunk: InferenceSession, head: InferenceSession) {
    this.#file = file;
    this.decoder = decoder;
    this.#trunk = trunk;
    this.#head = head;
  }

  async logProbs(batch: readonly TokenSequence[]): Promise<Float32Array[]> {
    for (const sequence of batch) this.#check(sequence);
    const scored = batch.filter((sequence) => spanLength(sequence.scored) > 0);
    // A decoder that is not causal would mix the sequences of a batch.
    const nFree = this.decoder.isCausal ? Math.max(1, scored.length) : 1;
    const nAtOnce = this.decoder.inputs.fixedBatch ?? nFree;
    const results = new Map<TokenSequence, Float32Array>();
    for (let first = 0; first < scored.length; first += nAtOnce) {
      const part = scored.slice(first, first + nAtOnce);
      const logProbs = await this.#run(part);
      for (const [idx, sequence] of part.entries()) results.set(sequence, logProbs[idx] ?? new Float32Array(0));
    }
    return batch.map((sequence) => results.get(sequence) ?? new Float32Array(0));
  }

  async release(): Promise<void> {
    await this.#trunk.release();
    await this.#head.release();
  }

  #check(sequence: TokenSequence): void {
    const { tokenIds, scored } = sequence;
    const { vocabSize } = this.decoder;
    if (spanLength(scored) > 0 && (scored.start < 1 || scored.end > tokenIds.length)) {
      throw new RangeError(`scored span [${scored.start}, ${scored.end}) of ${tokenIds.length} tokens`);
    }
    const tokenId = tokenIds.find((id) => id < 0 || id >= vocabSize);
    if (tokenId !== undefined)
      throw new CodedError("model/token-out-of-range", { file: this.#file, tokenId, vocabSize });
  }

  async #run(sequences: readonly TokenSequence[]): Promise<Float32Array[]> {
    const padded = padBatch(sequences.map((sequence) => sequence.tokenIds));
    const rows: bigint[] = [];
    const targets: bigint[] = [];
    sequences.forEach(({ tokenIds, scored }, sequenceIdx) => {
      for (let tokenIdx = scored.start; tokenIdx < scored.end; tokenIdx++) {
        rows.push(BigInt(sequenceIdx * padded.nTokens + tokenIdx - 1));
        targets.push(BigInt(tokenIds[tokenIdx] ?? 0));
      }
    });
    const { Tensor } = await loadOnnxRuntime();
    const feeds = await decoderFeeds(this.decoder.inputs, padded);
    feeds[headPort.scoredRows] = new Tensor("int64", BigInt64Array.from(rows), [rows.length]);
    const hidden = await runSession(this.#trunk, feeds, this.#file);
    const all = await this.#headLogProbs(hidden, BigInt64Array.from(targets));
    let start = 0;
    return sequences.map(({ scored }) => {
      const own = all.slice(start, start + spanLength(scored));
      start += own.length;
      return own;
    });
  }

  async #headLogProbs(trunkOutputs: Readonly<Record<string, Tensor>>, targets: BigInt64Array): Promise<Float32Array> {
    const logProbs = new Float32Array(targets.length);
    const head = {
      session: this.#head,
      file: this.#file,
      vocabSize: this.decoder.vocabSize,
      portionBytes: headPortionBytes,
    };
    await runHeadInPortions(head, trunkOutputs, targets, (outputs, start) => {
      logProbs.set(outputs[headPort.logProb]?.data as Float32Array, start);
    });
    return logProbs;
  }
}
