import type { GraphIndex } from "./graphIndex.ts";
import type { NodeProto } from "./proto/onnx_pb.ts";

/** How exporters number layers in the names of weights, nodes and caches: `model.layers.3.…`, `h.3.…`, `past_key_values.3.key`. ONNX Runtime GenAI's builder gives the norm behind the last layer a number too. */
const numberedName = /(?:^|[./_])(?:layers?|h|blocks?|past_key_values|past|present)[._](\d+)(?=[./_]|$)(?![./_]final)/;

/** Steps back from an attention to the weights of its layer. */
const longestWay = 24;

/**
 * The number of the layer that an attention node belongs to, as the names around it have it; null where they have none.
 * In a hybrid, layers without attention are missing from the list of attention nodes.
 */
export function layerNumber(index: GraphIndex, attention: NodeProto): number | null {
  const seen = new Set<NodeProto>([attention]);
  let nodes: NodeProto[] = [attention];
  for (let nSteps = 0; nSteps < longestWay && nodes.length > 0; nSteps++) {
    for (const node of nodes) {
      const found = [node.name, ...node.output, ...node.input].map(numberIn).find((number) => number !== null);
      if (found !== undefined && found !== null) return found;
    }
    const makers = nodes.flatMap((node) => node.input.map((name) => index.producers.get(name)));
    nodes = [...new Set(makers)].filter((node): node is NodeProto => node !== undefined && !seen.has(node));
    for (const node of nodes) seen.add(node);
  }
  return null;
}

/** How many layers the names of weights and nodes count; 0 where they count none. */
export function countNumberedLayers(index: GraphIndex): number {
  const names = [...index.initializers.keys(), ...index.inputs.keys(), ...index.graph.node.map((node) => node.name)];
  return names.reduce((count, name) => Math.max(count, (numberIn(name) ?? -1) + 1), 0);
}

function numberIn(name: string): number | null {
  const number = numberedName.exec(name)?.[1];
  return number === undefined || number.length > 4 ? null : Number(number);
}
