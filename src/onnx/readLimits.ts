/**
 * What a model file may make the reader do. Model files come from anywhere: every limit is far above what exporters
 * write and low enough that a hostile file ends in an error instead of exhausted memory or stack.
 */
export const readLimits = {
  /** Messages inside messages. A decoder in an `If` in a `Loop` nests 14; protobuf's own parsers stop at 100. */
  nesting: 64,
  /** Fields of all messages walked. A torch export of 80 unfused layers has about 300,000; each costs an object. */
  nFields: 4_000_000,
  /** Bytes of one name (node, tensor, operator). Torch's longest scoped names are below 300. */
  nameBytes: 4096,
  /** Bytes of everything that is not tensor data. Exports reach 10 MiB; the object graph takes about ten times that. */
  structureBytes: 64 * 1024 * 1024,
  /** Tensor bytes that cannot stay in the file: varint-coded fields, strings, tensors below `inlineTensorBytes`. */
  inlineBytes: 256 * 1024 * 1024,
} as const;

/**
 * Raw tensor data of at least this many bytes stays in the file and is referred to. Smaller tensors hold shapes, axes and
 * scales, which ONNX Runtime and the graph queries need at hand.
 */
export const inlineTensorBytes = 1024;
