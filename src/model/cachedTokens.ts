import type { Tensor } from "onnxruntime-node";
import type { KeySteering } from "../engine/inspectableModel.ts";
import type { DecoderInput } from "../onnx/decoderInputs.ts";
import { elementType } from "../onnx/elementType.ts";
import { decoderFeeds, padBatch } from "./decoderFeeds.ts";
import type { DecoderVariants, VariantRun } from "./decoderVariants.ts";
import { steeringFeeds, steeringKind } from "./keySteeringFeeds.ts";
import { loadOnnxRuntime, runSession } from "./onnxRuntime.ts";

/** A sequence that a model has read. Nothing changes it, so that several continuations can begin from one. */
export interface CachedTokens {
  /** int32 `[token]`. */
  readonly tokenIds: Int32Array;
  /** The graph's own cache of it, by input; null where nothing was read yet or the graph has no cache. */
  readonly past: Readonly<Record<string, Tensor>> | null;
}

export const noTokens: CachedTokens = { tokenIds: new Int32Array(), past: null };

/** What one step runs on. */
export interface StepRun {
  readonly variants: DecoderVariants;
  readonly run: VariantRun;
  /** Those of `GenerationGraph`. */
  readonly presents: readonly string[] | null;
  readonly steering?: KeySteering;
}

/** ONNX Runtime does not run the file's own cache. */
export class CacheRefusal extends Error {}

/** Reads tokens behind those read so far: they alone where the graph has a cache, otherwise the whole sequence. */
export async function readOn(
  before: CachedTokens,
  given: Int32Array,
  { variants, run, presents, steering }: StepRun,
): Promise<{ readonly read: CachedTokens; readonly outputs: Readonly<Record<string, Tensor>> }> {
  const tokenIds = Int32Array.of(...before.tokenIds, ...given);
  // A cache that was made before the runtime refused the next one is of no use to a graph without.
  const past = presents === null ? null : before.past;
  const feeds = await stepFeeds(run, tokenIds, given, past);
  if (steering !== undefined && steeringKind(steering) !== "none") {
    Object.assign(feeds, await steeringFeeds(steering, tokenIds.length, variants));
  }
  const outputs = await runSession(run.session, feeds, run.file).catch((error: unknown) => {
    throw presents !== null ? new CacheRefusal("", { cause: error }) : error;
  });
  return { read: { tokenIds, past: pastOf(run, presents, outputs) }, outputs };
}

async function stepFeeds(
  { decoder: { inputs } }: VariantRun,
  tokenIds: Int32Array,
  given: Int32Array,
  past: CachedTokens["past"],
): Promise<Record<string, Tensor>> {
  if (past === null) return decoderFeeds(inputs, padBatch([tokenIds]));
  const feeds: Record<string, Tensor> = { ...past };
  const first = tokenIds.length - given.length;
  const feed = async (input: DecoderInput | null, values: Int32Array) => {
    if (input !== null) feeds[input.name] = await wholeNumbers(input.type, values);
  };
  await feed(inputs.tokenIds, given);
  await feed(inputs.attentionMask, new Int32Array(tokenIds.length).fill(1));
  await feed(
    inputs.positionIds,
    Int32Array.from(given, (_, idx) => first + idx),
  );
  return feeds;
}

function pastOf(
  { decoder }: VariantRun,
  presents: StepRun["presents"],
  outputs: Readonly<Record<string, Tensor>>,
): CachedTokens["past"] {
  if (presents === null) return null;
  const past: Record<string, Tensor> = {};
  for (const [idx, { name }] of decoder.inputs.past.entries()) {
    const present = outputs[presents[idx] ?? ""];
    if (present !== undefined) past[name] = present;
  }
  return past;
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
