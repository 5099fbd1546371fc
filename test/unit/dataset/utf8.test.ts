import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { invalidSequences, nHeldBackBytes } from "../../../src/dataset/utf8.ts";

vi.setConfig({ testTimeout: 60_000 });

const bytesOf = (...bytes: number[]) => Uint8Array.from(bytes);

describe("invalidSequences", () => {
  test("finds nothing in UTF-8", () => {
    expect(invalidSequences(new TextEncoder().encode("aé中😀"))).toEqual([]);
  });

  test.each([
    ["a byte that begins nothing", bytesOf(0x61, 0xff), [{ byteOffset: 1, nBytes: 1, unitOffset: 1 }]],
    ["a character cut short", bytesOf(0xe2, 0x82, 0x41), [{ byteOffset: 0, nBytes: 2, unitOffset: 0 }]],
    ["a character cut at the end", bytesOf(0xf0, 0x9f, 0x98), [{ byteOffset: 0, nBytes: 3, unitOffset: 0 }]],
    [
      "an overlong form",
      bytesOf(0xc0, 0x80),
      [
        { byteOffset: 0, nBytes: 1, unitOffset: 0 },
        { byteOffset: 1, nBytes: 1, unitOffset: 1 },
      ],
    ],
    [
      "an encoded surrogate",
      bytesOf(0xed, 0xa0),
      [
        { byteOffset: 0, nBytes: 1, unitOffset: 0 },
        { byteOffset: 1, nBytes: 1, unitOffset: 1 },
      ],
    ],
    [
      "what follows a character of two units",
      bytesOf(0xf0, 0x9f, 0x98, 0x80, 0x80),
      [{ byteOffset: 4, nBytes: 1, unitOffset: 2 }],
    ],
  ])("finds %s", (_name, bytes, expected) => {
    expect(invalidSequences(bytes)).toEqual(expected);
  });

  test("counts as a decoder does, on any bytes", () => {
    const byte = fc.oneof(
      fc.constantFrom(0xc2, 0xe0, 0xe2, 0xed, 0xf0, 0xf4, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0x41),
      fc.integer({ min: 0, max: 255 }),
    );
    fc.assert(
      fc.property(fc.array(byte), (values) => {
        const bytes = Uint8Array.from(values);
        const decoded = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
        const marks = [...decoded.matchAll(/\ufffd/g)].map((match) => match.index);
        const isReal = (unit: number) => Buffer.from(bytes).includes(Buffer.from("\ufffd")) && marks.includes(unit);
        const found = invalidSequences(bytes).map((sequence) => sequence.unitOffset);
        for (const unit of found) expect(marks).toContain(unit);
        for (const mark of marks) if (!isReal(mark)) expect(found).toContain(mark);
      }),
      { numRuns: 300 },
    );
  });
});

describe("nHeldBackBytes", () => {
  test.each([
    ["a complete text", bytesOf(0x61, 0xc3, 0xa9), 0],
    ["a CR whose LF may follow", bytesOf(0x61, 0x0d), 1],
    ["one byte of two", bytesOf(0x61, 0xc3), 1],
    ["two bytes of three", bytesOf(0xe2, 0x82), 2],
    ["three bytes of four", bytesOf(0xf0, 0x9f, 0x98), 3],
    ["a complete character of four", bytesOf(0xf0, 0x9f, 0x98, 0x80), 0],
    ["bytes that continue nothing", bytesOf(0x80, 0x80, 0x80, 0x80), 0],
    ["nothing", bytesOf(), 0],
  ])("of %s", (_name, bytes, expected) => {
    expect(nHeldBackBytes(bytes)).toBe(expected);
  });

  test("cuts where decoding in two equals decoding at once", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(), (bytes, at) => {
        const cut = at % (bytes.length + 1);
        const border = cut - nHeldBackBytes(bytes.subarray(0, cut));
        const decode = (part: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(part);
        expect(decode(bytes.subarray(0, border)) + decode(bytes.subarray(border))).toBe(decode(bytes));
      }),
      { numRuns: 300 },
    );
  });
});
