import { toBinary } from "@bufbuild/protobuf";
import { tapPatternOf, tapReducedAttention } from "./attentionTap.ts";
import { removeCache } from "./cacheRemoval.ts";
import { takeFloat32Inputs } from "./floatInputs.ts";
import { gatherHiddenRows, type HeadFigures, headModel } from "./gatheredHead.ts";
import { GraphDraft } from "./graphDraft.ts";
import { steerHeads } from "./headSteering.ts";
import { type ModelProto, ModelProtoSchema } from "./proto/onnx_pb.ts";
import { pruneDeadNodes } from "./pruning.ts";
import { steerKeys } from "./steeringBias.ts";

/** What a session built from a decoder is to give and to take. */
export interface TrunkVariant {
  /** Give hidden rows for the head at asked positions. Without it, layers behind the last tapped one are removed. */
  readonly hiddenRows: boolean;
  /** Layers whose attention is given reduced by role. */
  readonly reducedAttention?: readonly number[];
  /** The layer whose whole pattern is given. */
  readonly pattern?: number;
  /** Layers whose scores take a bias per key. */
  readonly steeredLayers?: readonly number[];
  /** The bias counts in the heads that a mask names, not in all; see `steerHeads`. */
  readonly steeredHeads?: boolean;
}

/**
 * A decoder's graph, changed to give exactly what a variant asks for: no logits, no key-value cache, nothing that only
 * they needed. Weights stay references, so the bytes are small.
 *
 * @throws CodedError `model/unsupported-graph`.
 */
export function trunkBytes(model: ModelProto, variant: TrunkVariant): Uint8Array {
  const draft = new GraphDraft(model);
  const fileOutputs = new Set(draft.graph.output);
  removeCache(draft);
  if (variant.steeredLayers !== undefined) {
    (variant.steeredHeads === true ? steerHeads : steerKeys)(draft, variant.steeredLayers);
  }
  if (variant.hiddenRows) gatherHiddenRows(draft);
  if (variant.pattern !== undefined) tapPatternOf(draft, variant.pattern);
  if (variant.reducedAttention !== undefined) tapReducedAttention(draft, variant.reducedAttention);
  draft.graph.output = draft.graph.output.filter((output) => !fileOutputs.has(output));
  pruneDeadNodes(draft.graph);
  takeFloat32Inputs(draft);
  return toBinary(ModelProtoSchema, draft.model);
}

/** The decoder's head as a model that turns hidden rows into log-probabilities; see `headModel`. */
export function headBytes(model: ModelProto, figures: HeadFigures = {}): Uint8Array {
  return toBinary(ModelProtoSchema, headModel(model, figures));
}
