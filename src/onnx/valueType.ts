import { elementType } from "./elementType.ts";
import { declaredType, type GraphIndex, intAttribute } from "./graphIndex.ts";
import type { NodeProto } from "./proto/onnx_pb.ts";

/** Operators whose first output has one type whatever goes in. */
const fixedTypes: Readonly<Record<string, number>> = {
  Shape: elementType.int64,
  Size: elementType.int64,
  Equal: elementType.bool,
  Less: elementType.bool,
  LessOrEqual: elementType.bool,
  Greater: elementType.bool,
  GreaterOrEqual: elementType.bool,
  And: elementType.bool,
  Or: elementType.bool,
  Not: elementType.bool,
  IsNaN: elementType.bool,
  MatMulInteger: elementType.int32,
  DynamicQuantizeMatMul: elementType.float32,
  MatMulIntegerToFloat: elementType.float32,
};

/** Operators whose outputs each have a type of their own. */
const outputTypes: Readonly<Record<string, readonly number[]>> = {
  DynamicQuantizeLinear: [elementType.uint8, elementType.float32, elementType.uint8],
};

/** Operators whose output has the type of another input than the first. */
const typeGivingInputs: Readonly<Record<string, number>> = {
  Where: 1,
  CastLike: 1,
  DequantizeLinear: 1,
  GatherBlockQuantized: 2,
  EmbedLayerNormalization: 2,
};

/**
 * The element type of a value: as declared, or followed back through the operators that made it, most of which pass
 * their input's type on. Undefined where the trail is lost. Files declare types of inner values rarely.
 */
export function valueType(index: GraphIndex, name: string): number | undefined {
  let current = name;
  // A trail is never longer than the graph; a cycle would be.
  for (let nSteps = 0; nSteps <= index.graph.node.length; nSteps++) {
    const known =
      declaredType(index.declared.get(current)) ??
      declaredType(index.inputs.get(current)) ??
      index.initializers.get(current)?.dataType;
    if (known !== undefined) return known;
    const node = index.producers.get(current);
    if (node === undefined) return undefined;
    const made = madeType(node, current);
    if (made !== undefined) return made;
    const next = node.input[typeGivingInputs[node.opType] ?? 0];
    if (next === undefined || next === "") return undefined;
    current = next;
  }
  return undefined;
}

function madeType(node: NodeProto, output: string): number | undefined {
  const own = outputTypes[node.opType];
  if (own !== undefined) return own[node.output.indexOf(output)];
  if (node.opType === "Cast") return intAttribute(node, "to");
  if (node.opType === "Constant" || node.opType === "ConstantOfShape") {
    const value = node.attribute.find((attribute) => attribute.name === "value")?.t;
    return value?.dataType ?? elementType.float32;
  }
  return fixedTypes[node.opType];
}
