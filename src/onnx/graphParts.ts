import { create, toBinary } from "@bufbuild/protobuf";
import { elementType } from "./elementType.ts";
import {
  type AttributeProto,
  AttributeProtoSchema,
  type DeclaredValueProto,
  DeclaredValueProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "./proto/onnx_pb.ts";

/** ONNX's numbers for the kinds of attributes (`AttributeProto.AttributeType`) that are written here. */
const attributeType = { float: 1, int: 2, string: 3, tensor: 4, ints: 7 } as const;

/** An attribute's value; `float` says that a number is one even where it has no fraction. */
export type AttributeValue = number | string | readonly number[] | TensorProto | { readonly float: number };

/** The microsoft operators' domain. */
export const microsoftDomain = "com.microsoft";

/** A node whose name is made from its first output, so that equal graphs have equal bytes. */
export function makeNode(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  domain = "",
): NodeProto {
  const attribute = Object.entries(attributes).map(([name, value]) => makeAttribute(name, value));
  const name = `${output[0] ?? ""}/${opType}`;
  return create(NodeProtoSchema, { opType, input: [...input], output: [...output], attribute, domain, name });
}

export function makeAttribute(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === "number") {
    return create(AttributeProtoSchema, { name, type: attributeType.int, i: BigInt(value) });
  }
  if (typeof value === "string") {
    return create(AttributeProtoSchema, { name, type: attributeType.string, s: new TextEncoder().encode(value) });
  }
  if ("float" in value) return create(AttributeProtoSchema, { name, type: attributeType.float, f: value.float });
  if ("dims" in value) return create(AttributeProtoSchema, { name, type: attributeType.tensor, t: value });
  return create(AttributeProtoSchema, { name, type: attributeType.ints, ints: value.map(BigInt) });
}

/** A graph input or output; dimensions are numbers, or names where they vary. No `dims` leaves the rank open. */
export function makeValueInfo(name: string, elemType: number, dims?: readonly (number | string)[]): ValueInfoProto {
  const dim = dims?.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value: typeof size === "string" ? { case: "dimParam", value: size } : { case: "dimValue", value: BigInt(size) },
    }),
  );
  const tensor = create(TypeProto_TensorSchema, {
    elemType,
    ...(dim === undefined ? {} : { shape: create(TensorShapeProtoSchema, { dim }) }),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } }),
  });
}

/** The declared type of a value inside the graph; dimensions as in `makeValueInfo`. */
export function makeDeclaredValue(
  name: string,
  elemType: number,
  dims?: readonly (number | string)[],
): DeclaredValueProto {
  const { type } = makeValueInfo(name, elemType, dims);
  return create(DeclaredValueProtoSchema, { name, ...(type ? { type: toBinary(TypeProtoSchema, type) } : {}) });
}

/** A tensor with its bytes inline, little-endian as ONNX has it. */
export function makeTensor(
  name: string,
  dataType: number,
  dims: readonly number[],
  data: ArrayBufferView,
): TensorProto {
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return create(TensorProtoSchema, { name, dataType, dims: dims.map(BigInt), rawData });
}

/** An int64 tensor: shapes, axes, indices. `[]` as dims makes a scalar. */
export function makeInt64(
  name: string,
  values: readonly number[],
  dims: readonly number[] = [values.length],
): TensorProto {
  return makeTensor(name, elementType.int64, dims, BigInt64Array.from(values, BigInt));
}
