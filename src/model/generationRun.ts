import { setImmediate } from "node:timers/promises";
import type { Tensor } from "onnxruntime-node";
import { CodedError } from "../core/problem.ts";
import type { GeneratedTokens, GenerationOptions, GenerationStop } from "../engine/inspectableModel.ts";
import type { DecoderInput } from "../onnx/decoderInputs.ts";
import { elementType } from "../onnx/elementType.ts";
import { generationPort } from "../onnx/generationGraph.ts";
import { decoderFeeds, padBatch } from "./decoderFeeds.ts";
import type { DecoderVariants, VariantRun } from "./decoderVariants.ts";
import { checkTokens } from "./figuresRun.ts";
import { steeringFeeds, steeringKind } from "./keySteeringFeeds.ts";
import { loadOnnxRuntime, runSession } from "./onnxRuntime.ts";

/** Where generation ends besides its own length. */
export interface GenerationBounds {
  /** Tokens that end a turn. */
  readonly stopIds: ReadonlySet<number>;
  readonly windowTokens: number;
}

/**
 * Says one most probable token after another. Where the graph has a cache, each step runs the new token alone on the
 * cache of those before it; otherwise the whole sequence. See `InspectableModel.generate`.
 */
export async function runGeneration(
  variants: DecoderVariants,
  promptIds: Int32Array,
  bounds: GenerationBounds,
  options: GenerationOptions,
): Promise<GeneratedTokens> {
  checkTokens(variants, promptIds);
  if (promptIds.length >= bounds.windowTokens) {
    throw new CodedError("row/too-long", { nTokens: promptIds.length, windowTokens: bounds.windowTokens });
  }
  const answer: AnswerSoFar = { tokenIds: [], logProbs: [] };
  const say = () =>
    variants.generation(steeringKind(options.steering), (run, presents) =>
      sayTokens(new GenerationSteps(variants, run, presents, options), { promptIds, answer }, bounds, options),
    );
  const stop = await say().catch((error: unknown) => {
    if (!(error instanceof CacheRefusal)) throw error;
    variants.doWithoutCache();
    return say();
  });
  return { tokenIds: Int32Array.from(answer.tokenIds), logProbs: Float32Array.from(answer.logProbs), stop };
}

/** ONNX Runtime does not run the file's own cache. */
class CacheRefusal extends Error {}

interface AnswerSoFar {
  readonly tokenIds: number[];
  readonly logProbs: number[];
}

/** Goes on with an answer until it ends; says why it ended. */
async function sayTokens(
  steps: GenerationSteps,
  { promptIds, answer }: { readonly promptIds: Int32Array; readonly answer: AnswerSoFar },
  bounds: GenerationBounds,
  options: GenerationOptions,
): Promise<GenerationStop> {
  let given = Int32Array.of(...promptIds, ...answer.tokenIds);
  while (true) {
    if (answer.tokenIds.length >= options.maxNewTokens) return "length";
    if (promptIds.length + answer.tokenIds.length >= bounds.windowTokens) return "window";
    // The runtime blocks the event loop while it runs: this pause lets a cancel request in.
    await setImmediate();
    if (options.signal.aborted) throw new CodedError("cancelled");
    const { tokenId, logProb } = await steps.next(given);
    if (bounds.stopIds.has(tokenId)) return "end-of-turn";
    answer.tokenIds.push(tokenId);
    answer.logProbs.push(logProb);
    options.onToken?.(tokenId);
    given = Int32Array.of(tokenId);
  }
}

class GenerationSteps {
  readonly #variants: DecoderVariants;
  readonly #run: VariantRun;
  readonly #presents: readonly string[] | null;
  readonly #options: GenerationOptions;
  #all: number[] = [];
  #past: Record<string, Tensor> | null = null;

  constructor(
    variants: DecoderVariants,
    run: VariantRun,
    presents: readonly string[] | null,
    options: GenerationOptions,
  ) {
    this.#variants = variants;
    this.#run = run;
    this.#presents = presents;
    this.#options = options;
  }

  /** The token after those given so far and these. */
  async next(given: Int32Array): Promise<{ tokenId: number; logProb: number }> {
    this.#all.push(...given);
    const feeds = await this.#feeds(given);
    const { steering } = this.#options;
    if (steering !== undefined && steeringKind(steering) !== "none") {
      Object.assign(feeds, await steeringFeeds(steering, this.#all.length, this.#variants));
    }
    const outputs = await runSession(this.#run.session, feeds, this.#run.file).catch((error: unknown) => {
      throw this.#presents !== null ? new CacheRefusal("", { cause: error }) : error;
    });
    this.#keepCache(outputs);
    const [tokenId] = (outputs[generationPort.nextId]?.data ?? []) as BigInt64Array;
    const [logProb] = (outputs[generationPort.nextLogProb]?.data ?? []) as Float32Array;
    return { tokenId: Number(tokenId), logProb: logProb ?? Number.NaN };
  }

  async #feeds(given: Int32Array): Promise<Record<string, Tensor>> {
    const { inputs } = this.#run.decoder;
    if (this.#past === null) return decoderFeeds(inputs, padBatch([Int32Array.from(this.#all)]));
    const nTokens = this.#all.length;
    const feeds: Record<string, Tensor> = { ...this.#past };
    const first = nTokens - given.length;
    const feed = async (input: DecoderInput | null, values: Int32Array) => {
      if (input !== null) feeds[input.name] = await wholeNumbers(input.type, values);
    };
    await feed(inputs.tokenIds, given);
    await feed(inputs.attentionMask, new Int32Array(nTokens).fill(1));
    await feed(
      inputs.positionIds,
      Int32Array.from(given, (_, idx) => first + idx),
    );
    return feeds;
  }

  #keepCache(outputs: Readonly<Record<string, Tensor>>): void {
    if (this.#presents === null) return;
    this.#past = {};
    for (const [idx, { name }] of this.#run.decoder.inputs.past.entries()) {
      const present = outputs[this.#presents[idx] ?? ""];
      if (present !== undefined) this.#past[name] = present;
    }
  }
}

/** One sequence's values in the type an input has; half-precision inputs are float32 in an instrumented graph. */
async function wholeNumbers(type: number, values: Int32Array): Promise<Tensor> {
  const { Tensor } = await loadOnnxRuntime();
  const dims = [1, values.length];
  if (type === elementType.int64) return new Tensor("int64", BigInt64Array.from(values, BigInt), dims);
  if (type === elementType.int32) return new Tensor("int32", values, dims);
  if (type === elementType.bool) return new Tensor("bool", Uint8Array.from(values), dims);
  return new Tensor("float32", Float32Array.from(values), dims);
}
