import { describe, expect, it } from "vitest";
import { bufferSource } from "../../../src/onnx/byteSource.ts";
import { WireReader, wireType } from "../../../src/onnx/wireReader.ts";

function reader(...bytes: number[]): WireReader {
  return new WireReader(bufferSource(Uint8Array.from(bytes)));
}

describe("a field", () => {
  it("is a varint of one or more bytes", () => {
    expect(reader(0x08, 0x05).field(0, 2)).toEqual({
      number: 1,
      wireType: wireType.varint,
      start: 0,
      payloadStart: 1,
      end: 2,
    });
    expect(reader(0x08, 0xff, 0xff, 0x01).field(0, 4).end).toBe(4);
    // A negative int64 takes ten bytes.
    expect(reader(0x08, ...Array(9).fill(0xff), 0x01).field(0, 11).end).toBe(11);
  });

  it("is eight bytes, four bytes, or as many as its length says", () => {
    expect(reader(0x09, 1, 2, 3, 4, 5, 6, 7, 8).field(0, 9)).toMatchObject({ number: 1, payloadStart: 1, end: 9 });
    expect(reader(0x15, 1, 2, 3, 4).field(0, 5)).toMatchObject({ number: 2, payloadStart: 1, end: 5 });
    expect(reader(0x1a, 3, 7, 8, 9).field(0, 5)).toMatchObject({ number: 3, payloadStart: 2, end: 5 });
    expect(reader(0x1a, 0).field(0, 2)).toMatchObject({ payloadStart: 2, end: 2 });
  });

  it("may have a number of two bytes", () => {
    expect(reader(0xa0, 0x01, 7).field(0, 3)).toMatchObject({ number: 20, payloadStart: 2, end: 3 });
  });

  it("is found at any position", () => {
    expect(reader(9, 9, 0x08, 0x05).field(2, 4)).toMatchObject({ start: 2, payloadStart: 3, end: 4 });
  });
});

describe("a broken field", () => {
  it.each([
    ["field number 0", [0x00, 0x01], { position: 0, reason: "field-number" }],
    ["a group", [0x0b, 0x0c], { position: 0, reason: "wire-type" }],
    ["an impossible wire type", [0x0f, 0x00], { position: 0, reason: "wire-type" }],
    ["a varint of eleven bytes", [0x08, ...Array(11).fill(0x80)], { position: 1, reason: "varint" }],
  ])("with %s is corrupt", (_name, bytes, data) => {
    expect(() => reader(...bytes).field(0, bytes.length)).toThrow(
      expect.objectContaining({ code: "model/file-corrupt", data }),
    );
  });

  it("that ends behind the file tells that the file was cut", () => {
    const cut = expect.objectContaining({ code: "model/file-truncated" });
    expect(() => reader(0x1a, 9, 1, 2).field(0, 4)).toThrow(cut);
    expect(() => reader(0x09, 1, 2).field(0, 3)).toThrow(cut);
    expect(() => reader(0x08, 0x80).field(0, 2)).toThrow(cut);
    expect(() => reader(0x08).field(0, 1)).toThrow(cut);
  });

  it("that ends behind its message but inside the file is corrupt", () => {
    const corrupt = expect.objectContaining({
      code: "model/file-corrupt",
      data: { position: 2, reason: "field-length" },
    });
    expect(() => reader(0x1a, 3, 1, 2, 3, 4, 5).field(0, 4)).toThrow(corrupt);
  });
});

describe("reading bytes", () => {
  it("copies them, so that a reused buffer does no harm", () => {
    const shared = Uint8Array.of(1, 2, 3);
    const bytes = new Uint8Array(4);
    new WireReader(bufferSource(shared)).copy(1, 3, bytes, 1);
    shared.fill(0);
    expect(bytes).toEqual(Uint8Array.of(0, 2, 3, 0));
  });

  it("notices a file that became shorter", () => {
    const shrunk = new WireReader({
      size: 10,
      read: (offset, length) => new Uint8Array(4).subarray(offset, offset + length),
    });
    expect(() => shrunk.copy(2, 8, new Uint8Array(6), 0)).toThrow(
      expect.objectContaining({ code: "model/file-truncated", data: { position: 4, sizeBytes: 10 } }),
    );
    expect(() => shrunk.field(6, 10)).toThrow(expect.objectContaining({ code: "model/file-truncated" }));
  });

  it("reads a small number by value", () => {
    expect(reader(0x10, 0xac, 0x02).varintAt(1, 3)).toBe(300);
  });

  it("fetches a few kilobytes around what it needs, not what lies between", () => {
    const sizeBytes = 100 * 1024 * 1024;
    let fetchedBytes = 0;
    const source = {
      size: sizeBytes,
      read(offset: number, length: number) {
        fetchedBytes += length;
        const bytes = new Uint8Array(length);
        if (offset === 0) bytes.set([0x1a, 0xf6, 0xff, 0xff, 0x2f]);
        return bytes;
      },
    };
    const field = new WireReader(source).field(0, sizeBytes);
    expect(field.end).toBeGreaterThan(95 * 1024 * 1024);
    expect(fetchedBytes).toBeLessThan(100_000);
  });
});
