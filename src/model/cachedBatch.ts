import type { Tensor } from "onnxruntime-node";
import { generationPort } from "../onnx/generationGraph.ts";
import { CacheRefusal } from "./cachedTokens.ts";
import { decoderFeeds, numberTensor, padBatch } from "./decoderFeeds.ts";
import type { VariantRun } from "./decoderVariants.ts";
import { loadOnnxRuntime, runSession } from "./onnxRuntime.ts";

/** Sequences of equal length with the graph's own cache of what they have read. */
export class CachedBatch {
  readonly #run: VariantRun;
  readonly #presents: readonly string[];
  #past: Record<string, Tensor> | null = null;
  #nRead = 0;

  constructor(run: VariantRun, presents: readonly string[]) {
    this.#run = run;
    this.#presents = presents;
  }

  /** Reads the same number of tokens behind every sequence and gives the most probable ones after them. */
  async read(fed: readonly Int32Array[]): Promise<{ readonly tokenIds: number[]; readonly logProbs: Float32Array }> {
    const { session, file, decoder } = this.#run;
    const feeds = await this.#feeds(fed);
    this.#nRead += fed[0]?.length ?? 0;
    const outputs = await runSession(session, feeds, file).catch((cause: unknown) => {
      throw new CacheRefusal("", { cause });
    });
    this.#past = {};
    for (const [idx, { name }] of decoder.inputs.past.entries()) {
      const present = outputs[this.#presents[idx] ?? ""];
      if (present !== undefined) this.#past[name] = present;
    }
    return {
      tokenIds: Array.from(outputs[generationPort.nextId]?.data as BigInt64Array, Number),
      logProbs: outputs[generationPort.nextLogProb]?.data as Float32Array,
    };
  }

  /** Drops sequences from the cache. */
  async keep(isKept: readonly boolean[]): Promise<void> {
    const { Tensor } = await loadOnnxRuntime();
    for (const { name, dims: inputDims } of this.#run.decoder.inputs.past) {
      const tensor = this.#past?.[name];
      if (!this.#past || !tensor) continue;
      const { dims, data } = tensor;
      const axis = inputDims.indexOf("batch");
      const stride = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
      const values = data as Float32Array;
      const rows = Array.from({ length: values.length / stride }, (_, row) => row).filter(
        (row) => isKept[row % isKept.length],
      );
      const kept = new Float32Array(rows.length * stride);
      for (const [place, row] of rows.entries())
        kept.set(values.subarray(row * stride, (row + 1) * stride), place * stride);
      const keptDims = dims.map((dim, each) => (each === axis ? isKept.filter(Boolean).length : dim));
      this.#past[name] = new Tensor("float32", kept, keptDims);
    }
  }

  async #feeds(fed: readonly Int32Array[]): Promise<Record<string, Tensor>> {
    const { inputs } = this.#run.decoder;
    if (this.#past === null) return decoderFeeds(inputs, padBatch(fed));
    const runtime = await loadOnnxRuntime();
    const { tokenIds, attentionMask, positionIds } = inputs;
    const nSequences = fed.length;
    const ids = Int32Array.from(fed, (each) => each[0] ?? 0);
    const feeds: Record<string, Tensor> = { ...this.#past };
    feeds[tokenIds.name] = numberTensor(runtime, tokenIds.type, ids, [nSequences, 1]);
    if (attentionMask) {
      const ones = new Int32Array(nSequences * (this.#nRead + 1)).fill(1);
      feeds[attentionMask.name] = numberTensor(runtime, attentionMask.type, ones, [nSequences, this.#nRead + 1]);
    }
    if (positionIds) {
      const places = new Int32Array(nSequences).fill(this.#nRead);
      feeds[positionIds.name] = numberTensor(runtime, positionIds.type, places, [nSequences, 1]);
    }
    return feeds;
  }
}
