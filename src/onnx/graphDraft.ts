import { clone } from "@bufbuild/protobuf";
import { withoutCacheBranch } from "./cacheBranch.ts";
import { elementType } from "./elementType.ts";
import { subgraphsOf } from "./graphIndex.ts";
import { type AttributeValue, makeInt64, makeNode, makeTensor, makeValueInfo } from "./graphParts.ts";
import {
  type GraphProto,
  type ModelProto,
  type NodeProto,
  NodeProtoSchema,
  ValueInfoProtoSchema,
} from "./proto/onnx_pb.ts";
import { unsupportedGraph } from "./unsupportedGraph.ts";

/** Everything that instrumentation adds carries this prefix. */
const namePrefix = "context-reliance/";

/** From this version on, operators take axes as an input where they took an attribute before. */
const axesAsInputOpset = 13;

/**
 * A model that can be changed without the original: graph, nodes and inputs are copies. Tensors, attributes and declared
 * types are shared and must be replaced, never changed; a copy of all of them takes ten times as long.
 */
function copied(original: ModelProto): { model: ModelProto; graph: GraphProto } {
  if (original.graph === undefined) throw unsupportedGraph("no-graph");
  const graph = shallow(original.graph, {
    node: original.graph.node.map((node) =>
      subgraphsOf(node).length > 0
        ? clone(NodeProtoSchema, node)
        : shallow(node, { input: [...node.input], output: [...node.output] }),
    ),
    input: original.graph.input.map((input) => clone(ValueInfoProtoSchema, input)),
    output: [...original.graph.output],
    initializer: [...original.graph.initializer],
    valueInfo: [...original.graph.valueInfo],
  });
  return { model: shallow(original, { graph }), graph };
}

/** A message with some fields changed, all others shared with the original. */
function shallow<M extends ModelProto | GraphProto | NodeProto>(message: M, changes: Partial<M>): M {
  // Its defaults are in its prototype.
  return Object.assign(Object.create(Object.getPrototypeOf(message)), message, changes);
}

/**
 * A copy of a model under change; of a merged decoder, the one that runs without a cache. Passes add nodes, inputs and outputs through it; the model it was made from stays as it
 * is. Node order: nodes go to the end of the graph, which ONNX Runtime sorts itself.
 */
export class GraphDraft {
  readonly model: ModelProto;
  readonly graph: GraphProto;
  /** Version of ONNX's own operators that the model asks for. */
  readonly opset: number;
  readonly #taken: Set<string>;
  readonly #constants = new Map<string, string>();

  constructor(original: ModelProto) {
    const { model, graph } = copied(withoutCacheBranch(original));
    this.model = model;
    this.graph = graph;
    this.opset = Number(
      this.model.opsetImport.find((each) => each.domain === "" || each.domain === "ai.onnx")?.version ?? 0,
    );
    this.#taken = new Set(this.graph.node.flatMap((node) => [...node.input, ...node.output]));
    for (const input of this.graph.input) this.#taken.add(input.name);
  }

  /** A value name that the graph does not use yet. */
  freshName(name: string): string {
    let fresh = namePrefix + name;
    for (let n = 2; this.#taken.has(fresh); n++) fresh = `${namePrefix}${name}-${n}`;
    this.#taken.add(fresh);
    return fresh;
  }

  /** Adds a node with one output and returns the output's name. */
  add(
    name: string,
    opType: string,
    input: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string {
    const output = this.freshName(name);
    this.graph.node.push(makeNode(opType, input, [output], attributes));
    return output;
  }

  /** Puts the nodes that `write` adds in a node's place. Readers of the graph take the order of nodes for that of layers. */
  replace(node: NodeProto, write: () => void): void {
    const nBefore = this.graph.node.length;
    write();
    const written = this.graph.node.splice(nBefore);
    this.graph.node.splice(this.graph.node.indexOf(node), 1, ...written);
  }

  /** An int64 constant, one initializer per content. */
  ints(values: readonly number[], dims: readonly number[] = [values.length]): string {
    const key = JSON.stringify([values, dims]);
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.freshName(`int64/${values.join(",")}`);
    this.graph.initializer.push(makeInt64(name, values, dims));
    this.#constants.set(key, name);
    return name;
  }

  /** A float32 zero. */
  zero(): string {
    return this.#scalar("zero", 0);
  }

  /** A number in a float type; numbers beyond the type's range are its infinities. */
  float(value: number, type: number): string {
    const scalar = this.#scalar(`float/${value}`, value);
    if (type === elementType.float32) return scalar;
    const key = `${scalar}/${type}`;
    const typed = this.#constants.get(key) ?? this.add(`typed/${value}`, "Cast", [scalar], { to: type });
    this.#constants.set(key, typed);
    return typed;
  }

  /** Sums over one axis and drops it, in the form the model's operator version has. */
  reduceSum(name: string, input: string, axis: number): string {
    return this.opset >= axesAsInputOpset
      ? this.add(name, "ReduceSum", [input, this.ints([axis])], { keepdims: 0 })
      : this.add(name, "ReduceSum", [input], { axes: [axis], keepdims: 0 });
  }

  /** The value as float32; a cast that changes nothing is removed by ONNX Runtime. */
  float32(name: string, input: string): string {
    return this.add(name, "Cast", [input], { to: elementType.float32 });
  }

  /** Adds a graph input under exactly this name. */
  addInput(name: string, type: number, dims: readonly (number | string)[]): string {
    if (this.#taken.has(name)) throw unsupportedGraph("name-taken", { name });
    this.#taken.add(name);
    this.graph.input.push(makeValueInfo(name, type, dims));
    return name;
  }

  /** Gives a value out of the graph under exactly this name. */
  addOutput(name: string, value: string, type: number): void {
    this.graph.node.push(makeNode("Identity", [value], [name]));
    this.graph.output.push(makeValueInfo(name, type));
  }

  #scalar(name: string, value: number): string {
    const known = this.#constants.get(name);
    if (known !== undefined) return known;
    const fresh = this.freshName(name);
    this.graph.initializer.push(makeTensor(fresh, elementType.float32, [], Float32Array.of(value)));
    this.#constants.set(name, fresh);
    return fresh;
  }
}
