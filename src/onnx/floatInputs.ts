import { elementType, isFloatType } from "./elementType.ts";
import type { GraphDraft } from "./graphDraft.ts";
import { declaredType, subgraphsOf } from "./graphIndex.ts";
import { makeNode } from "./graphParts.ts";
import type { GraphProto, NodeProto } from "./proto/onnx_pb.ts";

/**
 * Makes every half-precision input of a draft a float32 input of the same name, cast inside: caches, states, masks. ONNX
 * Runtime's Node binding reads nothing from the float16 arrays that newer JavaScript engines have, and no engine has
 * bfloat16.
 */
export function takeFloat32Inputs(draft: GraphDraft): void {
  const { graph } = draft;
  const renamed = new Map<string, string>();
  const casts: NodeProto[] = [];
  for (const input of graph.input) {
    const type = declaredType(input);
    if (type === undefined || !isFloatType(type) || type === elementType.float32) continue;
    if (input.type?.value.case === "tensorType") input.type.value.value.elemType = elementType.float32;
    const typed = draft.freshName(`${input.name}-typed`);
    renamed.set(input.name, typed);
    casts.push(makeNode("Cast", [input.name], [typed], { to: type }));
  }
  renameRead(graph, renamed);
  graph.node.push(...casts);
}

function renameRead(graph: GraphProto, renamed: ReadonlyMap<string, string>): void {
  for (const node of graph.node) {
    node.input = node.input.map((name) => renamed.get(name) ?? name);
    for (const subgraph of subgraphsOf(node)) renameRead(subgraph, renamed);
  }
}
