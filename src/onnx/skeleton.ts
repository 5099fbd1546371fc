import { fromBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { CodedError } from "../core/problem.ts";
import type { ByteSource } from "./byteSource.ts";
import { elementType } from "./elementType.ts";
import { type ModelProto, ModelProtoSchema } from "./proto/onnx_pb.ts";
import { inlineTensorBytes, readLimits } from "./readLimits.ts";
import { corrupt, type WireField, WireReader, wireType } from "./wireReader.ts";

type MessageKind = "model" | "graph" | "node" | "attribute" | "tensor" | "function";

/** How each message is walked, by field number: messages to enter, names to limit, fields that no computation needs. */
const layouts: Readonly<
  Record<MessageKind, { children: Record<number, MessageKind>; names: number[]; unneeded: number[] }>
> = {
  // Training information (20) repeats whole graphs; doc strings and exporter metadata hold stack traces.
  model: { children: { 7: "graph", 25: "function" }, names: [2, 3, 4], unneeded: [6, 20] },
  graph: { children: { 1: "node", 5: "tensor" }, names: [2], unneeded: [10, 16] },
  node: { children: { 5: "attribute" }, names: [1, 2, 3, 4, 7, 8], unneeded: [6, 9] },
  attribute: { children: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph" }, names: [1, 21], unneeded: [13] },
  tensor: { children: {}, names: [8], unneeded: [12, 16] },
  function: { children: { 7: "node" }, names: [1, 4, 5, 6, 10, 13], unneeded: [8, 14] },
};

const tensorField = {
  elementType: 2,
  floatData: 4,
  rawData: 9,
  doubleData: 10,
  externalData: 13,
  dataLocation: 14,
} as const;
const gitLfsPointer = "version https://git-lfs";

/**
 * An ONNX model without its weights: every tensor's raw data of 1 KiB and more has become an external reference
 * (`location`, byte offset, byte length) into the very file it was read from, smaller data is inline, and tensors that
 * already were external keep their entries. Weight bytes are never read.
 *
 * @param location the file's name as the session's folder knows it
 * @throws CodedError `model/file-truncated`, `model/file-corrupt` with the byte position, `model/graph-over-limit` with the
 * limit that was passed.
 */
export function readSkeleton(source: ByteSource, location: string): ModelProto {
  if (isGitLfsPointer(source)) throw corrupt(0, "git-lfs-pointer");
  const walk = new SkeletonWalk(new WireReader(source), location);
  const chunks = walk.message("model", 0, source.size, 0);
  const bytes = joined(chunks);
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new CodedError("model/file-corrupt", { position: 0, reason: "message" }, { cause });
  }
  if (model.graph === undefined) throw corrupt(0, "no-graph");
  return model;
}

class SkeletonWalk {
  readonly #reader: WireReader;
  readonly #location: string;
  #nFields = 0;
  #structureBytes = 0;
  #inlineBytes = 0;

  constructor(reader: WireReader, location: string) {
    this.#reader = reader;
    this.#location = location;
  }

  /** The chunks of the message at `[start, end)` after the rewriting, in file order. */
  message(kind: MessageKind, start: number, end: number, depth: number): Uint8Array[] {
    if (depth > readLimits.nesting) throw tooLarge("nesting", readLimits.nesting, start);
    const fields = this.#fields(kind, start, end);
    if (kind === "tensor") return this.#tensor(fields);
    const { children } = layouts[kind];
    return fields.flatMap((field) => {
      const child = field.wireType === wireType.lengthDelimited ? children[field.number] : undefined;
      if (child === undefined) return [this.#structure(field.start, field.end)];
      const chunks = this.message(child, field.payloadStart, field.end, depth + 1);
      return [lengthPrefix(field.number, chunks), ...chunks];
    });
  }

  #fields(kind: MessageKind, start: number, end: number): WireField[] {
    const { names, unneeded } = layouts[kind];
    const fields: WireField[] = [];
    for (let position = start; position < end; ) {
      const field = this.#reader.field(position, end);
      position = field.end;
      if (++this.#nFields > readLimits.nFields) throw tooLarge("nFields", readLimits.nFields, field.start);
      if (unneeded.includes(field.number)) continue;
      if (names.includes(field.number) && field.end - field.payloadStart > readLimits.nameBytes) {
        throw tooLarge("nameBytes", readLimits.nameBytes, field.start);
      }
      fields.push(field);
    }
    return fields;
  }

  #tensor(fields: readonly WireField[]): Uint8Array[] {
    const data = this.#fileBackedData(fields);
    if (data === undefined) return fields.map((field) => this.#inline(field));
    const kept = fields.filter((field) => field !== data && field.number !== tensorField.dataLocation);
    return [...kept.map((field) => this.#inline(field)), this.#reference(data)];
  }

  /**
   * The one field whose payload is the tensor's bytes as ONNX Runtime maps them: raw data, or packed floats, which are the
   * same bytes on the wire. Data split over several fields, and varint-coded data, cannot be referred to.
   */
  #fileBackedData(fields: readonly WireField[]): WireField | undefined {
    const type = fields.find((field) => field.number === tensorField.elementType && field.wireType === wireType.varint);
    const typeValue = type && this.#reader.varintAt(type.payloadStart, type.end);
    const isData = (field: WireField) =>
      field.wireType === wireType.lengthDelimited &&
      (field.number === tensorField.rawData ||
        (field.number === tensorField.floatData && typeValue === elementType.float32) ||
        (field.number === tensorField.doubleData && typeValue === elementType.float64));
    const data = fields.filter(isData);
    const isExternal = fields.some((field) => field.number === tensorField.externalData);
    const only = data.length === 1 && !isExternal ? data[0] : undefined;
    return only !== undefined && only.end - only.payloadStart >= inlineTensorBytes ? only : undefined;
  }

  #reference(data: WireField): Uint8Array {
    const entries = [
      ["location", this.#location],
      ["offset", String(data.payloadStart)],
      ["length", String(data.end - data.payloadStart)],
    ] as const;
    const writer = new BinaryWriter();
    for (const [key, value] of entries) {
      writer.tag(tensorField.externalData, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.LengthDelimited).string(key).tag(2, WireType.LengthDelimited).string(value).join();
    }
    return writer.tag(tensorField.dataLocation, WireType.Varint).int32(1).finish();
  }

  #inline(field: WireField): Uint8Array {
    this.#inlineBytes += field.end - field.start;
    if (this.#inlineBytes > readLimits.inlineBytes) throw tooLarge("inlineBytes", readLimits.inlineBytes, field.start);
    return this.#reader.bytes(field.start, field.end);
  }

  #structure(start: number, end: number): Uint8Array {
    this.#structureBytes += end - start;
    if (this.#structureBytes > readLimits.structureBytes) {
      throw tooLarge("structureBytes", readLimits.structureBytes, start);
    }
    return this.#reader.bytes(start, end);
  }
}

/** A pointer file is what a clone without Git LFS leaves in place of a large file. */
function isGitLfsPointer(source: ByteSource): boolean {
  const length = Math.min(gitLfsPointer.length, source.size);
  return new TextDecoder().decode(source.read(0, length)) === gitLfsPointer;
}

function lengthPrefix(fieldNumber: number, chunks: readonly Uint8Array[]): Uint8Array {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return new BinaryWriter().tag(fieldNumber, WireType.LengthDelimited).uint32(length).finish();
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function tooLarge(limit: keyof typeof readLimits, allowed: number, position: number): CodedError {
  return new CodedError("model/graph-over-limit", { limit, allowed, position });
}
