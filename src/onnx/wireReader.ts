import { CodedError } from "../core/problem.ts";
import type { ByteSource } from "./byteSource.ts";

/** Bytes fetched after a jump over a weight: the few fields up to the next weight. */
const firstWindowBytes = 4 * 1024;
/** Bytes fetched at once while reading on: nodes follow one another for megabytes. */
const longestWindowBytes = 512 * 1024;

/** Protobuf wire types that exist in ONNX files; groups (3 and 4) were never used there. */
export const wireType = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

/** A field's number, wire type and payload position as found in the file. */
export interface WireField {
  readonly number: number;
  readonly wireType: number;
  /** Where the field's tag begins. */
  readonly start: number;
  /** Where the payload begins: after the tag, and after the length of a length-delimited field. */
  readonly payloadStart: number;
  readonly end: number;
}

/**
 * Reads protobuf fields from a byte source without holding the file: payloads are skipped unless asked for.
 * Errors carry the byte position: `model/file-truncated` where the file ends too early, `model/file-corrupt` where its
 * bytes contradict each other.
 */
export class WireReader {
  readonly #source: ByteSource;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart = 0;
  #position = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  get size(): number {
    return this.#source.size;
  }

  /** Reads the tag at `position` and finds the end of its field, which must not lie beyond `end`. */
  field(position: number, end: number): WireField {
    this.#position = position;
    const tag = this.#varint(end);
    const number = Math.floor(tag / 8);
    if (number === 0) throw corrupt(position, "field-number");
    const type = tag % 8;
    const payloadStart = this.#position;
    if (type === wireType.varint) {
      this.#varint(end);
      return { number, wireType: type, start: position, payloadStart, end: this.#position };
    }
    if (type === wireType.lengthDelimited) {
      const length = this.#varint(end);
      const start = this.#position;
      return { number, wireType: type, start: position, payloadStart: start, end: this.#within(start, length, end) };
    }
    if (type !== wireType.fixed64 && type !== wireType.fixed32) throw corrupt(position, "wire-type");
    const length = type === wireType.fixed64 ? 8 : 4;
    return { number, wireType: type, start: position, payloadStart, end: this.#within(payloadStart, length, end) };
  }

  /** Copies the bytes `[start, end)` to a place in `target`. */
  copy(start: number, end: number, target: Uint8Array, offset: number): void {
    if (end - start > longestWindowBytes) {
      this.#copyUnseen(start, end, target, offset);
      return;
    }
    if (start < this.#windowStart || end > this.#windowStart + this.#window.length) this.#load(start, end - start);
    const from = start - this.#windowStart;
    const found = this.#window.subarray(from, from + end - start);
    if (found.length < end - start) throw truncated(start + found.length, this.size);
    target.set(found, offset);
  }

  #copyUnseen(start: number, end: number, target: Uint8Array, offset: number): void {
    const found = this.#source.read(start, end - start);
    if (found.length < end - start) throw truncated(start + found.length, this.size);
    target.set(found, offset);
  }

  /** The unsigned value of a varint field; used for small numbers such as a tensor's element type. */
  varintAt(position: number, end: number): number {
    this.#position = position;
    return this.#varint(end);
  }

  /** Values above 2^53 (negative int64 values) come out rounded: only lengths and small numbers are read by value. */
  #varint(end: number): number {
    const start = this.#position;
    let value = 0;
    let scale = 1;
    for (let nBytes = 0; nBytes < 10; nBytes++) {
      if (this.#position >= end) throw this.#overrun(this.#position, end, start);
      const byte = this.#byteAt(this.#position++);
      value += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) return value;
    }
    throw corrupt(start, "varint");
  }

  #byteAt(position: number): number {
    const found = this.#window[position - this.#windowStart];
    if (found !== undefined) return found;
    this.#load(position, 1);
    const byte = this.#window[0];
    if (byte === undefined) throw truncated(position, this.size);
    return byte;
  }

  /** Makes the window begin at a position. It grows while the reading goes on near its end. */
  #load(position: number, neededBytes: number): void {
    const skipped = position - this.#windowStart - this.#window.length;
    // What overlaps was cut at the window's end; exporters' notes between nodes are jumped over, but they are short.
    const readsOn = skipped >= -neededBytes && skipped <= this.#window.length;
    const doubled = Math.min(longestWindowBytes, 2 * this.#window.length);
    const length = Math.max(neededBytes, readsOn ? Math.max(firstWindowBytes, doubled) : firstWindowBytes);
    this.#window = this.#source.read(position, Math.min(length, this.size - position));
    this.#windowStart = position;
  }

  #within(start: number, length: number, end: number): number {
    if (start + length > end) throw this.#overrun(start + length, end, start);
    return start + length;
  }

  /** A field that ends behind the file tells of a cut file; one that ends behind its parent, of a broken one. */
  #overrun(fieldEnd: number, parentEnd: number, position: number): CodedError {
    return fieldEnd >= this.size && parentEnd === this.size
      ? truncated(position, this.size)
      : corrupt(position, "field-length");
  }
}

/** The file's bytes contradict each other at `position`. */
export function corrupt(position: number, reason: string): CodedError {
  return new CodedError("model/file-corrupt", { position, reason });
}

function truncated(position: number, sizeBytes: number): CodedError {
  return new CodedError("model/file-truncated", { position, sizeBytes });
}
