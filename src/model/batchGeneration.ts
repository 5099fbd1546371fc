import { setImmediate } from "node:timers/promises";
import type { Tensor } from "onnxruntime-node";
import { CodedError } from "../core/problem.ts";
import type { GeneratedTokens, GenerationOptions, GenerationStop } from "../engine/inspectableModel.ts";
import { generationPort } from "../onnx/generationGraph.ts";
import { CacheRefusal } from "./cachedTokens.ts";
import { decoderFeeds, numberTensor, padBatch } from "./decoderFeeds.ts";
import type { DecoderVariants, VariantRun } from "./decoderVariants.ts";
import { checkPrompt, type GenerationBounds, runGeneration } from "./generationRun.ts";
import { loadOnnxRuntime, runSession } from "./onnxRuntime.ts";

/** Sequences that go step by step together: more win little on a processor and make cancelling coarse. */
const maxSequences = 32;
/** Tokens whose cache a batch may hold: some hundred MB for a model of a billion parameters. */
const maxCachedTokens = 8192;
/** How much longer the longest prompt of a batch may be than the shortest: each token more is a step for the whole batch. */
const maxStepsApart = 8;

type ManyOptions = Pick<GenerationOptions, "maxNewTokens" | "signal">;

/** An answer on its way. */
interface Answer {
  readonly promptIds: Int32Array;
  readonly tokenIds: number[];
  readonly logProbs: number[];
  stop: GenerationStop | null;
}

/**
 * Answers many prompts greedily, one result per prompt, in order; see `InspectableModel.generateMany`.
 *
 * Prompts of similar length run together without any padding, which not every export's cache understands: all read as
 * many tokens as the shortest prompt has, then one token per step, from the prompt as long as it lasts, then the answer's
 * own. Where the file's cache cannot be run so, the prompts are answered one by one.
 */
export async function runGenerations(
  variants: DecoderVariants,
  prompts: readonly Int32Array[],
  bounds: GenerationBounds,
  options: ManyOptions,
): Promise<GeneratedTokens[]> {
  for (const promptIds of prompts) checkPrompt(variants, promptIds, bounds.windowTokens);
  const results: GeneratedTokens[] = [];
  for (const group of groupsOf(prompts, options.maxNewTokens)) {
    const answers = await answerGroup(
      variants,
      group.map((idx) => prompts[idx] as Int32Array),
      bounds,
      options,
    );
    for (const [place, idx] of group.entries()) results[idx] = answers[place] as GeneratedTokens;
  }
  return results;
}

/** Indices of prompts that run together, shortest first. */
function groupsOf(prompts: readonly Int32Array[], maxNewTokens: number): number[][] {
  const lengthOf = (idx: number) => (prompts[idx] as Int32Array).length;
  const groups: number[][] = [];
  for (const idx of prompts.map((_, each) => each).sort((a, b) => lengthOf(a) - lengthOf(b) || a - b)) {
    const group = groups.at(-1);
    const length = lengthOf(idx);
    const isFitting =
      group !== undefined &&
      group.length < maxSequences &&
      length - lengthOf(group[0] as number) <= maxStepsApart &&
      (group.length + 1) * (length + maxNewTokens) <= maxCachedTokens;
    if (isFitting) group.push(idx);
    else groups.push([idx]);
  }
  return groups;
}

async function answerGroup(
  variants: DecoderVariants,
  prompts: readonly Int32Array[],
  bounds: GenerationBounds,
  options: ManyOptions,
): Promise<GeneratedTokens[]> {
  const oneByOne = async () => {
    const answers: GeneratedTokens[] = [];
    for (const promptIds of prompts) answers.push(await runGeneration(variants, promptIds, bounds, options));
    return answers;
  };
  const { past, fixedBatch } = variants.decoder.inputs;
  const isBatched = fixedBatch === null && past.every(({ dims }) => dims.includes("batch"));
  if (prompts.length === 1 || !variants.decoder.isCausal || !isBatched) return oneByOne();
  try {
    return (
      (await variants.generation("none", async (run, presents) =>
        presents === null ? null : answerTogether(run, presents, prompts, bounds, options),
      )) ?? (await oneByOne())
    );
  } catch (error) {
    if (!(error instanceof CacheRefusal)) throw error;
    return oneByOne();
  }
}

async function answerTogether(
  run: VariantRun,
  presents: readonly string[],
  prompts: readonly Int32Array[],
  bounds: GenerationBounds,
  { maxNewTokens, signal }: ManyOptions,
): Promise<GeneratedTokens[]> {
  const answers = prompts.map((promptIds): Answer => ({ promptIds, tokenIds: [], logProbs: [], stop: null }));
  const batch = new CachedBatch(run, presents);
  let active = answers;
  let given = Math.min(...prompts.map(({ length }) => length));
  let fed = prompts.map((promptIds) => promptIds.subarray(0, given));
  while (true) {
    // The runtime blocks the event loop while it runs: this pause lets a cancel request in.
    await setImmediate();
    if (signal.aborted) throw new CodedError("cancelled");
    const next = await batch.read(fed);
    for (const [idx, answer] of active.entries()) {
      if (answer.stop === null && given >= answer.promptIds.length) {
        say(answer, next.tokenIds[idx] as number, next.logProbs[idx] as number, bounds, maxNewTokens);
      }
    }
    if (active.every(({ stop }) => stop !== null)) break;
    const isGoing = active.map(({ stop }) => stop === null);
    // Ended answers are carried along until half of the batch is made of them: dropping them copies the cache.
    if (2 * isGoing.filter(Boolean).length <= active.length) {
      await batch.keep(isGoing);
      active = active.filter(({ stop }) => stop === null);
    }
    fed = active.map(({ promptIds, tokenIds }) =>
      Int32Array.of(promptIds[given] ?? tokenIds[given - promptIds.length] ?? 0),
    );
    given++;
  }
  return answers.map(({ tokenIds, logProbs, stop }) => ({
    tokenIds: Int32Array.from(tokenIds),
    logProbs: Float32Array.from(logProbs),
    stop: stop ?? "length",
  }));
}

/** Takes the next token into an answer, or ends it, as `runGeneration` does. */
function say(
  answer: Answer,
  tokenId: number,
  logProb: number,
  { stopIds, windowTokens }: GenerationBounds,
  maxNewTokens: number,
): void {
  if (stopIds.has(tokenId)) {
    answer.stop = "end-of-turn";
    return;
  }
  answer.tokenIds.push(tokenId);
  answer.logProbs.push(logProb);
  if (answer.tokenIds.length >= maxNewTokens) answer.stop = "length";
  else if (answer.promptIds.length + answer.tokenIds.length >= windowTokens) answer.stop = "window";
}

/** Sequences of equal length with the graph's own cache of what they have read. */
class CachedBatch {
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
