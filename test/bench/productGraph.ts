import { create, toBinary } from "@bufbuild/protobuf";
import { elementType } from "../../src/onnx/elementType.ts";
import { makeNode, makeTensor, makeValueInfo } from "../../src/onnx/graphParts.ts";
import {
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  OperatorSetIdProtoSchema,
  type TensorProto,
  type ValueInfoProto,
} from "../../src/onnx/proto/onnx_pb.ts";

/** One matrix product: `[batch, nRows, nInner] x [nInner, nColumns]`, or with a batch of right sides. */
export interface Product {
  readonly name: string;
  /** Heads, where both sides are inputs; 0 where the right side is a weight. */
  readonly nHeads: number;
  readonly nRows: number;
  readonly nInner: number;
  readonly nColumns: number;
}

/** Floating-point operations of a product: a multiplication and an addition per entry and inner step. */
export function productFlops({ nHeads, nRows, nInner, nColumns }: Product): number {
  return 2 * Math.max(1, nHeads) * nRows * nInner * nColumns;
}

/** An ONNX model of nothing but products, each on inputs and weights of its own; its bytes and its inputs' shapes. */
export function productGraph(products: readonly Product[]): { bytes: Uint8Array; inputs: Map<string, number[]> } {
  const inputs = new Map<string, number[]>();
  const node: NodeProto[] = [];
  const initializer: TensorProto[] = [];
  const output: ValueInfoProto[] = [];
  for (const { name, nHeads, nRows, nInner, nColumns } of products) {
    inputs.set(`${name}.left`, nHeads === 0 ? [nRows, nInner] : [1, nHeads, nRows, nInner]);
    if (nHeads === 0) {
      const weight = new Float32Array(nInner * nColumns).fill(0.01);
      initializer.push(makeTensor(`${name}.right`, elementType.float32, [nInner, nColumns], weight));
    } else inputs.set(`${name}.right`, [1, nHeads, nInner, nColumns]);
    node.push(makeNode("MatMul", [`${name}.left`, `${name}.right`], [`${name}.product`]));
    // One number leaves the graph, so that no time goes into copying a matrix.
    node.push(makeNode("ReduceMax", [`${name}.product`], [name], { keepdims: 0 }));
    output.push(makeValueInfo(name, elementType.float32));
  }
  const graph = create(GraphProtoSchema, {
    name: "products",
    node,
    initializer,
    input: [...inputs].map(([name, dims]) => makeValueInfo(name, elementType.float32, dims)),
    output,
  });
  const opsetImport = [create(OperatorSetIdProtoSchema, { domain: "", version: 21n })];
  return {
    bytes: toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 10n, opsetImport, graph })),
    inputs,
  };
}
