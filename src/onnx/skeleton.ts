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
  const bytes = new SkeletonWalk(new WireReader(source), location).rewritten();
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new CodedError("model/file-corrupt", { position: 0, reason: "message" }, { cause });
  }
  if (model.graph === undefined) throw corrupt(0, "no-graph");
  return model;
}

/** Bytes that are copied from the file. */
interface Range {
  readonly start: number;
  end: number;
}

class SkeletonWalk {
  readonly #reader: WireReader;
  readonly #location: string;
  /** What the rewritten model consists of, in order: ranges of the file, and bytes that stand in place of others. */
  readonly #pieces: (Range | Uint8Array)[] = [];
  #nFields = 0;
  #structureBytes = 0;
  #inlineBytes = 0;

  constructor(reader: WireReader, location: string) {
    this.#reader = reader;
    this.#location = location;
  }

  /** The whole model after the rewriting. */
  rewritten(): Uint8Array {
    const bytes = new Uint8Array(this.#message("model", 0, this.#reader.size, 0));
    let offset = 0;
    for (const piece of this.#pieces) {
      if (piece instanceof Uint8Array) bytes.set(piece, offset);
      else this.#reader.copy(piece.start, piece.end, bytes, offset);
      offset += pieceBytes(piece);
    }
    return bytes;
  }

  /** Adds the pieces of the message at `[start, end)` and returns their length in bytes. */
  #message(kind: MessageKind, start: number, end: number, depth: number): number {
    if (depth > readLimits.nesting) throw tooLarge("nesting", readLimits.nesting, start);
    if (kind === "tensor") return this.#tensor(start, end);
    const { children, unneeded } = layouts[kind];
    let nBytes = 0;
    for (let position = start; position < end; ) {
      const field = this.#field(kind, position, end);
      position = field.end;
      if (unneeded.includes(field.number)) continue;
      const child = field.wireType === wireType.lengthDelimited ? children[field.number] : undefined;
      if (child !== undefined && !isSmallNode(child, field)) {
        nBytes += this.#child(child, field, depth);
        continue;
      }
      this.#countStructure(field);
      nBytes += field.end - field.start;
      const last = this.#pieces.at(-1);
      // A neighbour of the last piece that stays as it is becomes part of it: thousands do in a graph.
      if (last !== undefined && "end" in last && last.end === field.start) last.end = field.end;
      else this.#pieces.push({ start: field.start, end: field.end });
    }
    return nBytes;
  }

  /** A message inside: its length stands before it and is known after it. */
  #child(kind: MessageKind, { number, payloadStart, end }: WireField, depth: number): number {
    const prefixIdx = this.#pieces.push(noBytes) - 1;
    const nBytes = this.#message(kind, payloadStart, end, depth + 1);
    const prefix = new BinaryWriter().tag(number, WireType.LengthDelimited).uint32(nBytes).finish();
    this.#pieces[prefixIdx] = prefix;
    return prefix.length + nBytes;
  }

  #field(kind: MessageKind, position: number, end: number): WireField {
    const field = this.#reader.field(position, end);
    if (++this.#nFields > readLimits.nFields) throw tooLarge("nFields", readLimits.nFields, field.start);
    if (field.end - field.payloadStart > readLimits.nameBytes && layouts[kind].names.includes(field.number)) {
      throw tooLarge("nameBytes", readLimits.nameBytes, field.start);
    }
    return field;
  }

  #tensor(start: number, end: number): number {
    const fields: WireField[] = [];
    for (let position = start; position < end; position = fields.at(-1)?.end ?? end) {
      fields.push(this.#field("tensor", position, end));
    }
    const needed = fields.filter((field) => !layouts.tensor.unneeded.includes(field.number));
    const data = this.#fileBackedData(needed);
    const kept = needed.filter(
      (field) => data === undefined || (field !== data && field.number !== tensorField.dataLocation),
    );
    for (const field of kept) this.#countInline(field);
    const pieces = [...kept, ...(data === undefined ? [] : [this.#reference(data)])];
    this.#pieces.push(...pieces);
    return pieces.reduce((sum, piece) => sum + pieceBytes(piece), 0);
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

  #countInline({ start, end }: WireField): void {
    this.#inlineBytes += end - start;
    if (this.#inlineBytes > readLimits.inlineBytes) throw tooLarge("inlineBytes", readLimits.inlineBytes, start);
  }

  #countStructure({ start, end }: WireField): void {
    this.#structureBytes += end - start;
    if (this.#structureBytes > readLimits.structureBytes) {
      throw tooLarge("structureBytes", readLimits.structureBytes, start);
    }
  }
}

const noBytes = new Uint8Array(0);

function pieceBytes(piece: Range | Uint8Array): number {
  return piece instanceof Uint8Array ? piece.length : piece.end - piece.start;
}

/** A node too small to hold a tensor that must stay in the file: taken as it is, like most nodes of a graph. */
function isSmallNode(kind: MessageKind, { payloadStart, end }: WireField): boolean {
  return kind === "node" && end - payloadStart < inlineTensorBytes;
}

/** A pointer file is what a clone without Git LFS leaves in place of a large file. */
function isGitLfsPointer(source: ByteSource): boolean {
  const length = Math.min(gitLfsPointer.length, source.size);
  return new TextDecoder().decode(source.read(0, length)) === gitLfsPointer;
}

function tooLarge(limit: keyof typeof readLimits, allowed: number, position: number): CodedError {
  return new CodedError("model/graph-over-limit", { limit, allowed, position });
}
