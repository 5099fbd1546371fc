import { setImmediate } from "node:timers/promises";
import type { Tensor } from "onnxruntime-node";
import { CodedError } from "../core/problem.ts";
import type { GeneratedTokens, GenerationOptions, GenerationStop } from "../engine/inspectableModel.ts";
import { generationPort } from "../onnx/generationGraph.ts";
import { CacheRefusal, noTokens, readOn, type StepRun } from "./cachedTokens.ts";
import type { DecoderVariants } from "./decoderVariants.ts";
import { checkTokens } from "./figuresRun.ts";
import { steeringKind } from "./keySteeringFeeds.ts";

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
  checkPrompt(variants, promptIds, bounds.windowTokens);
  const answer: AnswerSoFar = { tokenIds: [], logProbs: [] };
  const steered = options.steering ? { steering: options.steering } : {};
  const say = () =>
    variants.generation(steeringKind(options.steering), (run, presents) =>
      sayTokens({ variants, run, presents, ...steered }, { promptIds, answer }, bounds, options),
    );
  const stop = await say().catch((error: unknown) => {
    if (!(error instanceof CacheRefusal)) throw error;
    variants.doWithoutCache();
    return say();
  });
  return { tokenIds: Int32Array.from(answer.tokenIds), logProbs: Float32Array.from(answer.logProbs), stop };
}

/** @throws CodedError `row/too-long`, `model/token-out-of-range`. */
export function checkPrompt(variants: DecoderVariants, promptIds: Int32Array, windowTokens: number): void {
  checkTokens(variants, promptIds);
  if (promptIds.length >= windowTokens) {
    throw new CodedError("row/too-long", { nTokens: promptIds.length, windowTokens });
  }
}

interface AnswerSoFar {
  readonly tokenIds: number[];
  readonly logProbs: number[];
}

/** Goes on with an answer until it ends; says why it ended. */
async function sayTokens(
  step: StepRun,
  { promptIds, answer }: { readonly promptIds: Int32Array; readonly answer: AnswerSoFar },
  bounds: GenerationBounds,
  options: GenerationOptions,
): Promise<GenerationStop> {
  let read = noTokens;
  let given = Int32Array.of(...promptIds, ...answer.tokenIds);
  while (true) {
    if (answer.tokenIds.length >= options.maxNewTokens) return "length";
    if (promptIds.length + answer.tokenIds.length >= bounds.windowTokens) return "window";
    // The runtime blocks the event loop while it runs: this pause lets a cancel request in.
    await setImmediate();
    if (options.signal.aborted) throw new CodedError("cancelled");
    const said = await readOn(read, given, step);
    read = said.read;
    const { tokenId, logProb } = nextToken(said.outputs);
    if (bounds.stopIds.has(tokenId)) return "end-of-turn";
    answer.tokenIds.push(tokenId);
    answer.logProbs.push(logProb);
    options.onToken?.(tokenId);
    given = Int32Array.of(tokenId);
  }
}

function nextToken(outputs: Readonly<Record<string, Tensor>>): { tokenId: number; logProb: number } {
  const [tokenId] = (outputs[generationPort.nextId]?.data ?? []) as BigInt64Array;
  const [logProb] = (outputs[generationPort.nextLogProb]?.data ?? []) as Float32Array;
  return { tokenId: Number(tokenId), logProb: logProb ?? Number.NaN };
}
