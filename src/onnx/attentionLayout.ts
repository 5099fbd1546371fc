import type { GraphDraft } from "./graphDraft.ts";
import type { GraphIndex } from "./graphIndex.ts";
import type { NodeProto } from "./proto/onnx_pb.ts";

/** How an exporter wrote attention. */
export type AttentionKind = "group-query" | "multi-head" | "standard" | "fused" | "unfused";

/** What a layout's own description tells of its heads; null where only a run would show it. */
export interface AttentionHeads {
  readonly nHeads: number | null;
  readonly nKeyValueHeads: number | null;
}

/** A bias for the scores of every key, in each form that operators take, float32 or the scores' type as it says. */
export interface KeyBias {
  /** `[1 or batch, 1 or head, 1, key]` in `type`. */
  perKey(type: number): string;
  /** The same for every query: `[1 or batch, 1 or head, query, key]` in `type`. */
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
  /**
   * The attention pattern after softmax, `[…, query, key]` in the type the model computes it in; before the query stand
   * batch and heads, in this order, as one axis or several.
   */
  tapPattern(draft: GraphDraft, index: GraphIndex, node: NodeProto): string;
  /** Adds a bias to the scores before the softmax. */
  addKeyBias(draft: GraphDraft, index: GraphIndex, node: NodeProto, bias: KeyBias): void;
}
