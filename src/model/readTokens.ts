import { setImmediate } from "node:timers/promises";
import type { ReadTokens } from "../engine/inspectableModel.ts";
import { generationPort } from "../onnx/generationGraph.ts";
import { type CachedTokens, CacheRefusal, noTokens, readOn } from "./cachedTokens.ts";
import type { DecoderVariants } from "./decoderVariants.ts";
import { checkPrompt } from "./generationRun.ts";

/** Reads a prompt and says how probable every next token is; see `InspectableModel.read`. */
export async function readTokens(
  variants: DecoderVariants,
  promptIds: Int32Array,
  windowTokens: number,
): Promise<ReadTokens> {
  checkPrompt(variants, promptIds, windowTokens);
  return readBehind(variants, noTokens, promptIds);
}

async function readBehind(variants: DecoderVariants, before: CachedTokens, given: Int32Array): Promise<ReadTokens> {
  // The runtime blocks the event loop while it runs: this pause lets a cancel request in.
  await setImmediate();
  const step = () =>
    variants.generation("none", (run, presents) => readOn(before, given, { variants, run, presents }), "distribution");
  const { read, outputs } = await step().catch((error: unknown) => {
    if (!(error instanceof CacheRefusal)) throw error;
    variants.doWithoutCache();
    return step();
  });
  return {
    nextLogProbs: outputs[generationPort.nextLogProbs]?.data as Float32Array,
    after: (tokenIds) => readBehind(variants, read, tokenIds),
  };
}
