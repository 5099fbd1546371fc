import { clone } from "@bufbuild/protobuf";
import { attributeOf, type GraphIndex, indexGraph, subgraphsOf, valuesRead } from "./graphIndex.ts";
import { makeNode } from "./graphParts.ts";
import { type GraphProto, type ModelProto, ModelProtoSchema, type NodeProto } from "./proto/onnx_pb.ts";

/** The input with which a caller of a merged decoder says whether a cache is given. */
export const cacheSwitchName = "use_cache_branch";

/** Between the switch and the condition: these pass a truth value on; `Not` turns it round. */
const passingOperators = new Set(["Identity", "Cast", "Squeeze", "Unsqueeze", "Reshape", "Gather", "Slice"]);

/**
 * A model without the choice between its two decoders: where an `If` asks the input `use_cache_branch`, the nodes of the
 * branch that runs without a cache stand in its place. Any other `If` stays. The model itself is not changed.
 */
export function withoutCacheBranch(model: ModelProto): ModelProto {
  if (!model.graph?.input.some((input) => input.name === cacheSwitchName)) return model;
  const inlined = clone(ModelProtoSchema, model);
  if (inlined.graph !== undefined) inlineBranches(inlined.graph);
  return inlined;
}

function inlineBranches(graph: GraphProto): void {
  const index = indexGraph(graph);
  const taken = namesOf(graph);
  graph.node = graph.node.flatMap((node) => {
    const branch = chosenBranch(index, node);
    if (branch === undefined) return [node];
    renameOwnValues(branch, taken);
    graph.initializer.push(...branch.initializer);
    graph.valueInfo.push(...branch.valueInfo);
    return [...branch.node, ...outputsOf(node, branch)];
  });
}

/** The graph that an `If` on the switch runs when the switch is off; undefined for any other node. */
function chosenBranch(index: GraphIndex, node: NodeProto): GraphProto | undefined {
  if (node.opType !== "If") return undefined;
  const condition = conditionWithoutCache(index, node.input[0] ?? "");
  if (condition === undefined) return undefined;
  return attributeOf(node, condition ? "then_branch" : "else_branch")?.g;
}

/** What a condition is when the switch is off; undefined where it does not come from the switch alone. */
function conditionWithoutCache(index: GraphIndex, condition: string): boolean | undefined {
  let name = condition;
  let isTurned = false;
  for (let nSteps = 0; nSteps <= index.graph.node.length; nSteps++) {
    if (name === cacheSwitchName) return isTurned;
    const node = index.producers.get(name);
    if (node === undefined || (node.opType !== "Not" && !passingOperators.has(node.opType))) return undefined;
    if (node.opType === "Not") isTurned = !isTurned;
    name = node.input[0] ?? "";
  }
  return undefined;
}

/** The outputs of the `If`, made from those of the branch, which may hand out values of the graph around it too. */
function outputsOf(node: NodeProto, branch: GraphProto): NodeProto[] {
  return node.output.flatMap((name, outputIdx) => {
    const value = branch.output[outputIdx]?.name;
    return name === "" || value === undefined ? [] : [makeNode("Identity", [value], [name])];
  });
}

/** Gives a branch's own values names that are new in the graph around it; both branches may use the same ones. */
function renameOwnValues(branch: GraphProto, taken: Set<string>): void {
  const names = new Map<string, string>();
  const own = [...branch.initializer.map((tensor) => tensor.name), ...branch.node.flatMap((node) => node.output)];
  for (const name of own) {
    if (name === "" || names.has(name)) continue;
    let fresh = name;
    for (let n = 2; taken.has(fresh); n++) fresh = `${name}-${n}`;
    taken.add(fresh);
    names.set(name, fresh);
  }
  renameValues(branch, names);
}

function renameValues(graph: GraphProto, names: ReadonlyMap<string, string>): void {
  const resolve = (name: string) => names.get(name) ?? name;
  for (const each of [...graph.initializer, ...graph.valueInfo, ...graph.output]) each.name = resolve(each.name);
  for (const node of graph.node) {
    node.input = node.input.map(resolve);
    node.output = node.output.map(resolve);
    for (const subgraph of subgraphsOf(node)) renameValues(subgraph, names);
  }
}

/** All names in use outside the branches. */
function namesOf(graph: GraphProto): Set<string> {
  const outer = graph.node.flatMap((node) => (subgraphsOf(node).length === 0 ? valuesRead(node) : node.input));
  const made = graph.node.flatMap((node) => node.output);
  const fed = [...graph.input, ...graph.initializer].map((each) => each.name);
  return new Set([...outer, ...made, ...fed]);
}
