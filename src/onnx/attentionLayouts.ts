import type { AttentionLayout } from "./attentionLayout.ts";
import type { GraphIndex } from "./graphIndex.ts";
import { fusedLayout } from "./layouts/fused.ts";
import { groupQueryLayout } from "./layouts/groupQuery.ts";
import { multiHeadLayout } from "./layouts/multiHead.ts";
import { standardLayout } from "./layouts/standard.ts";
import { unfusedLayout } from "./layouts/unfused.ts";
import type { NodeProto } from "./proto/onnx_pb.ts";

const attentionLayouts: readonly AttentionLayout[] = [
  groupQueryLayout,
  multiHeadLayout,
  standardLayout,
  fusedLayout,
  unfusedLayout,
];

/** The attention of one layer: the node that holds the pattern, and how it is read. */
export interface LayerAttention {
  readonly layout: AttentionLayout;
  readonly node: NodeProto;
}

/** The attention of every layer, first layer first (files hold their nodes in the order of computation). */
export function findAttention(index: GraphIndex): LayerAttention[] {
  return index.graph.node.flatMap((node) => {
    const layout = attentionLayouts.find((each) => each.matches(index, node));
    return layout === undefined ? [] : [{ layout, node }];
  });
}
