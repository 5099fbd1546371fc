import { fromBinary } from "@bufbuild/protobuf";
import { elementType } from "./elementType.ts";
import {
  type AttributeProto,
  type DeclaredValueProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type TypeProto,
  type TypeProto_Tensor,
  TypeProtoSchema,
  type ValueInfoProto,
} from "./proto/onnx_pb.ts";

/** Who makes and who reads each value of a graph. A snapshot: it does not follow later changes. */
export interface GraphIndex {
  readonly graph: GraphProto;
  readonly producers: ReadonlyMap<string, NodeProto>;
  /** Nodes that read the value, each once; a node counts as a reader where only its subgraph reads the value. */
  readonly consumers: ReadonlyMap<string, readonly NodeProto[]>;
  readonly initializers: ReadonlyMap<string, TensorProto>;
  readonly inputs: ReadonlyMap<string, ValueInfoProto>;
  /** Declared types of values inside the graph and of its outputs. */
  readonly declared: ReadonlyMap<string, Declaration>;
}

/** The declared type of a value: of the graph's inputs and outputs decoded, of inner values as bytes. */
export type Declaration = ValueInfoProto | DeclaredValueProto;

export function indexGraph(graph: GraphProto): GraphIndex {
  const producers = new Map<string, NodeProto>();
  const consumers = new Map<string, NodeProto[]>();
  for (const node of graph.node) {
    for (const name of node.output) if (name !== "") producers.set(name, node);
    for (const name of new Set(valuesRead(node))) {
      const readers = consumers.get(name);
      if (readers === undefined) consumers.set(name, [node]);
      else readers.push(node);
    }
  }
  return {
    graph,
    producers,
    consumers,
    initializers: new Map(graph.initializer.map((tensor) => [tensor.name, tensor])),
    inputs: new Map(graph.input.map((input) => [input.name, input])),
    declared: new Map([...graph.valueInfo, ...graph.output].map((info): [string, Declaration] => [info.name, info])),
  };
}

/**
 * Names of all values a node may read: its inputs, and for `If`, `Loop` and `Scan` every name that its subgraphs mention.
 * A subgraph's own names are included too: too many names keep too much alive, too few would break the graph.
 */
export function valuesRead(node: NodeProto): string[] {
  const names = node.input.filter((name) => name !== "");
  for (const subgraph of subgraphsOf(node)) {
    for (const inner of subgraph.node) names.push(...valuesRead(inner));
    for (const output of subgraph.output) names.push(output.name);
  }
  return names;
}

/** The graphs that a control-flow node holds in its attributes. */
export function subgraphsOf(node: NodeProto): GraphProto[] {
  return node.attribute.flatMap((attribute) =>
    attribute.g === undefined ? attribute.graphs : [attribute.g, ...attribute.graphs],
  );
}

export function attributeOf(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute.find((attribute) => attribute.name === name);
}

export function intAttribute(node: NodeProto, name: string): number | undefined {
  const attribute = attributeOf(node, name);
  return attribute === undefined ? undefined : Number(attribute.i);
}

/** The name of a node's operator with its domain where it is not ONNX's own. */
export function operatorName(node: NodeProto): string {
  return node.domain === "" || node.domain === "ai.onnx" ? node.opType : `${node.domain}.${node.opType}`;
}

/** A declared shape: numbers, names of varying dimensions, "" for a dimension nothing is said about; undefined without one. */
export function declaredShape(info: Declaration | undefined): (number | string)[] | undefined {
  const shape = tensorType(info)?.shape;
  return shape?.dim.map((dim) => (dim.value.case === "dimValue" ? Number(dim.value.value) : (dim.value.value ?? "")));
}

/** A declared element type, or undefined. */
export function declaredType(info: Declaration | undefined): number | undefined {
  const type = tensorType(info)?.elemType ?? elementTypeUndefined;
  return type === elementTypeUndefined ? undefined : type;
}

/** What is declared of a tensor; bytes that are no type declare nothing. */
function tensorType(info: Declaration | undefined): TypeProto_Tensor | undefined {
  const type = info?.type instanceof Uint8Array ? readType(info.type) : info?.type;
  return type?.value.case === "tensorType" ? type.value.value : undefined;
}

function readType(bytes: Uint8Array): TypeProto | undefined {
  try {
    return fromBinary(TypeProtoSchema, bytes);
  } catch {
    return undefined;
  }
}

const elementTypeUndefined = 0;

/** Says whether a value is the same in every run: it depends on initializers and constants only. */
export function isConstant(index: GraphIndex, name: string): boolean {
  const seen = new Set<string>();
  const pending = [name];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (seen.has(value) || index.initializers.has(value)) continue;
    seen.add(value);
    const node = index.producers.get(value);
    if (node === undefined) return false;
    pending.push(...valuesRead(node));
  }
  return true;
}

/** The integers of an initializer or a `Constant` whose bytes are at hand, otherwise undefined. */
export function constantInts(index: GraphIndex, name: string | undefined): number[] | undefined {
  if (name === undefined || name === "") return undefined;
  const node = index.producers.get(name);
  const single = node?.opType === "Constant" ? attributeOf(node, "value_int")?.i : undefined;
  if (single !== undefined) return [Number(single)];
  const tensor =
    index.initializers.get(name) ?? (node?.opType === "Constant" ? attributeOf(node, "value")?.t : undefined);
  if (tensor === undefined)
    return node?.opType === "Constant" ? attributeOf(node, "value_ints")?.ints.map(Number) : undefined;
  if (tensor.dataLocation !== 0) return undefined;
  const bytes = Uint8Array.from(tensor.rawData);
  if (tensor.dataType === elementType.int64) {
    if (bytes.length === 0) return tensor.int64Data.map(Number);
    return Array.from(new BigInt64Array(bytes.buffer, 0, bytes.length >> 3), Number);
  }
  if (tensor.dataType !== elementType.int32) return undefined;
  return bytes.length === 0 ? [...tensor.int32Data] : [...new Int32Array(bytes.buffer, 0, bytes.length >> 2)];
}
