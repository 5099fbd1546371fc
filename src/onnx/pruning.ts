import { valuesRead } from "./graphIndex.ts";
import type { GraphProto, NodeProto } from "./proto/onnx_pb.ts";

/**
 * Removes from a graph everything that its outputs do not depend on: nodes, initializers, inputs, declared types and
 * quantization notes. ONNX Runtime runs dead nodes: a decoder cut at half its layers took 74 % of the full time with them
 * and 23 % without.
 *
 * A node with a subgraph keeps every outer value that the subgraph mentions. Output slots that nobody reads are left
 * alone, as operators give meaning to their number.
 *
 * @returns how many nodes were removed
 */
export function pruneDeadNodes(graph: GraphProto): number {
  const { nodes, values } = neededBy(
    graph,
    graph.output.map((output) => output.name),
  );
  const nBefore = graph.node.length;
  graph.node = graph.node.filter((node) => nodes.has(node));
  graph.initializer = graph.initializer.filter((tensor) => values.has(tensor.name));
  graph.sparseInitializer = graph.sparseInitializer.filter((sparse) => values.has(sparse.values?.name ?? ""));
  graph.input = graph.input.filter((input) => values.has(input.name));
  const present = new Set(values);
  for (const node of graph.node) for (const name of node.output) present.add(name);
  graph.valueInfo = graph.valueInfo.filter((info) => present.has(info.name));
  graph.quantizationAnnotation = graph.quantizationAnnotation.filter((note) => present.has(note.tensorName));
  return nBefore - graph.node.length;
}

/** The nodes that some values depend on, and all values those nodes read. */
export function neededBy(
  graph: GraphProto,
  names: readonly string[],
): { nodes: ReadonlySet<NodeProto>; values: ReadonlySet<string> } {
  const producers = new Map<string, NodeProto>();
  for (const node of graph.node) for (const name of node.output) if (name !== "") producers.set(name, node);
  const nodes = new Set<NodeProto>();
  const values = new Set<string>();
  const pending = [...names];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (values.has(name)) continue;
    values.add(name);
    const node = producers.get(name);
    if (node === undefined || nodes.has(node)) continue;
    nodes.add(node);
    pending.push(...valuesRead(node));
  }
  return { nodes, values };
}
