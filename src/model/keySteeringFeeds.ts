import type { Tensor } from "onnxruntime-node";
import { CodedError } from "../core/problem.ts";
import type { KeySteering } from "../engine/inspectableModel.ts";
import { headMaskPort, type SteeringInputs } from "../onnx/headSteering.ts";
import { keyBiasPort } from "../onnx/steeringBias.ts";
import type { DecoderVariants } from "./decoderVariants.ts";
import { loadOnnxRuntime } from "./onnxRuntime.ts";

/** Which steering inputs a variant needs; a bias of nothing but zeros needs none, so that its results are bit-identical. */
export function steeringKind(steering: KeySteering | undefined): SteeringInputs["kind"] {
  if (steering === undefined || (steering.generatedBias === 0 && steering.bias.every((value) => value === 0))) {
    return "none";
  }
  return steering.heads === null ? "keys" : "heads";
}

/** The bias of each key of one sequence, keys behind the prompt included, and the mask of heads. */
export async function steeringFeeds(
  steering: KeySteering,
  nKeys: number,
  { decoder, nHeads }: DecoderVariants,
): Promise<Record<string, Tensor>> {
  const { Tensor } = await loadOnnxRuntime();
  const bias = new Float32Array(nKeys).fill(steering.generatedBias);
  bias.set(steering.bias.subarray(0, nKeys));
  const feeds: Record<string, Tensor> = { [keyBiasPort]: new Tensor("float32", bias, [1, nKeys]) };
  if (steering.heads !== null) {
    if (nHeads === null) throw new CodedError("measure/heads-unknown");
    const nLayers = decoder.attention.length;
    for (const { layerIdx, headIdx } of steering.heads) {
      if (layerIdx >= nLayers || headIdx >= nHeads) {
        throw new CodedError("measure/head-out-of-range", { layerIdx, headIdx, nLayers, nHeads });
      }
    }
    const mask = new Float32Array(nLayers * nHeads);
    for (const { layerIdx, headIdx } of steering.heads) mask[layerIdx * nHeads + headIdx] = 1;
    feeds[headMaskPort] = new Tensor("float32", mask, [nLayers, nHeads]);
  }
  return feeds;
}
