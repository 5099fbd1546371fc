/** ONNX's numbers for the element types of tensors (`TensorProto.DataType`) that decoders use. */
export const elementType = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
  uint4: 21,
  int4: 22,
} as const;

const nameByType = new Map<number, string>(Object.entries(elementType).map(([name, value]) => [value, name]));

/** The name of an element type as people write it: `float16`; `type-17` for one that decoders do not use. */
export function elementTypeName(type: number): string {
  return nameByType.get(type) ?? `type-${type}`;
}

/** Says whether values of this type are real numbers a softmax can run on. */
export function isFloatType(type: number): boolean {
  return (
    type === elementType.float32 ||
    type === elementType.float16 ||
    type === elementType.bfloat16 ||
    type === elementType.float64
  );
}
