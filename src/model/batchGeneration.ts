import { setImmediate } from "node:timers/promises";
import { CodedError } from "../core/problem.ts";
import type { GeneratedTokens, GenerationOptions, GenerationStop } from "../engine/inspectableModel.ts";
import { CachedBatch } from "./cachedBatch.ts";
import { CacheRefusal } from "./cachedTokens.ts";
import type { DecoderVariants, VariantRun } from "./decoderVariants.ts";
import { checkPrompt, type GenerationBounds, runGeneration } from "./generationRun.ts";

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
