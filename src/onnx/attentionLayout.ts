import type { GraphDraft } from "./graphDraft.ts";
import type { GraphIndex } from "./graphIndex.ts";
import type { NodeProto } from "./proto/onnx_pb.ts";

/** How an exporter wrote attention. */
export type AttentionKind = "group-query" | "multi-head" | "standard" | "unfused";

/** What a layout's own description tells of its heads; null where only a run would show it. */
export interface AttentionHeads {
  readonly nHeads: number | null;
  readonly nKeyValueHeads: number | null;
}

/** A bias for the scores of every key, in each form that operators take, float32 or the scores' type as it says. */
export interface KeyBias {
  /** `[batch, 1, 1, key]` or `[batch, head, 1, key]` in `type`. */
  perKey(type: number): string;
  /** The same for every query: `[batch, 1 or head, query, key]` in `type`. */
  perQuery(type: number): string;
}

/**
 * One way of writing attention in a graph: how to find it, read its pattern and add to its scores. Supporting another
 * exporter's operator means one more of these in `attentionLayouts.ts`.
 */
export interface AttentionLayout {
  readonly kind: AttentionKind;
  /** The pattern's columns behind a sequence's end hold uninitialised memory, not zeros. */
  readonly padsUninitialised: boolean;
  /** The node's optional inputs for cached keys and values. */
  readonly pastInputs: readonly number[];
  /** Says whether this node holds the attention of one layer. */
  matches(index: GraphIndex, node: NodeProto): boolean;
  heads(index: GraphIndex, node: NodeProto): AttentionHeads;
  /** The attention pattern after softmax, `[batch, head, query, key]`, in the type the model computes it in. */
  tapPattern(draft: GraphDraft, index: GraphIndex, node: NodeProto): string;
  /** Adds a bias to the scores before the softmax. */
  addKeyBias(draft: GraphDraft, index: GraphIndex, node: NodeProto, bias: KeyBias): void;
}
