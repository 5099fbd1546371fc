import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type FileRecord, readByteRecords, readByteRows } from "../../../src/dataset/datasetFile.ts";
import type { DatasetRecord } from "../../../src/dataset/datasetRecord.ts";
import { readRows } from "../../../src/dataset/datasetRows.ts";
import { RecordReader, readRecords } from "../../../src/dataset/recordReader.ts";
import { shapeTable } from "../../../src/dataset/shapeTable.ts";

const nRuns = 200;
vi.setConfig({ testTimeout: 60_000 });
const anyString = fc.string({ unit: "binary" });
const record = fc.dictionary(
  fc.oneof(anyString, fc.constantFrom("prompt", "completion", "a:b")),
  fc.oneof(anyString, fc.integer(), fc.array(anyString)),
  { maxKeys: 4 },
);
const lineEnd = fc.constantFrom("\n", "\r\n", "\r", "\n\n", " \n\t");
const jsonLines = fc
  .array(fc.tuple(record, lineEnd))
  .map((lines) => lines.map(([value, end]) => JSON.stringify(value) + end).join(""));
const jsonArray = fc
  .tuple(fc.array(record), fc.constantFrom(0, 1, 2))
  .map(([rows, indent]) => JSON.stringify(rows, null, indent));
const dataset = fc.oneof(jsonLines, jsonArray);
const junk = fc.constantFrom(
  '"',
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "\\",
  "\n",
  "\r",
  "NaN",
  "\ufeff",
  "\ud83d",
  "é",
  "😀",
  " ",
  '{"a":1}',
  "\\u",
  "\\ud800",
);
const mutation = fc.tuple(fc.nat(), fc.nat({ max: 6 }), junk);
const mutated = fc.tuple(dataset, fc.array(mutation, { maxLength: 6 })).map(([text, mutations]) =>
  mutations.reduce((result, [at, length, insert]) => {
    const i = at % (result.length + 1);
    return result.slice(0, i) + insert + result.slice(i + length);
  }, text),
);
const cuts = fc.array(fc.nat(), { maxLength: 8 });

function chunksOf<T extends { length: number; slice(start: number, end: number): T }>(
  whole: T,
  at: readonly number[],
): T[] {
  const borders = [0, ...at.map((cut) => cut % (whole.length + 1)), whole.length].sort((a, b) => a - b);
  return borders.slice(1).map((border, i) => whole.slice(borders[i] ?? 0, border));
}

async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function readBytes(chunks: readonly Uint8Array[], maxLength: number): Promise<FileRecord[]> {
  const records: FileRecord[] = [];
  for await (const batch of readByteRecords(stream(chunks), { maxLength })) records.push(...batch);
  return records;
}

/** What the byte reader adds to the records of the text reader, taken away. */
function asText({ startByte: _start, endByte: _end, ...plain }: FileRecord): DatasetRecord {
  return { ...plain, problems: plain.problems.filter((problem) => problem.code !== "dataset/invalid-utf8") };
}

describe("readers", () => {
  test("find every record of a dataset, in order, without a problem", () => {
    fc.assert(
      fc.property(fc.array(record), fc.constantFrom(0, 2), fc.boolean(), (rows, indent, isArray) => {
        const text = isArray ? JSON.stringify(rows, null, indent) : rows.map((row) => JSON.stringify(row)).join("\n");
        const records = [...readRecords(text)];
        expect(records.map((found) => found.value)).toEqual(JSON.parse(JSON.stringify(rows)));
        expect(records.flatMap((found) => found.problems)).toEqual([]);
      }),
      { numRuns: nRuns },
    );
  });

  test("never throw and never lie about positions, whatever the text is", () => {
    fc.assert(
      fc.property(mutated, (text) => {
        let end = 0;
        for (const found of readRecords(text)) {
          expect(found.startOffset).toBeGreaterThanOrEqual(end);
          end = found.endOffset;
          if (found.text !== "") expect(text.slice(found.startOffset, found.endOffset)).toBe(found.text);
          expect(found.value === null).toBe(
            found.text === "" || found.problems.some((problem) => problem.severity === "error"),
          );
          expectPlaces(text, found);
        }
        expect(end).toBeLessThanOrEqual(text.length);
        // Nothing but white space, commas and the array's own brackets lies outside of records.
        const outside = [...readRecords(text)].reduceRight(
          (rest, found) => rest.slice(0, found.startOffset) + rest.slice(found.endOffset),
          text,
        );
        expect(outside.replace(/^\ufeff/, "")).toMatch(/^[\s,[\]]*$/);
      }),
      { numRuns: 3 * nRuns },
    );
  });

  test("see the same records however the text is cut into chunks", () => {
    fc.assert(
      fc.property(mutated, cuts, fc.constantFrom(25, 1000), (text, at, maxLength) => {
        const reader = new RecordReader(maxLength);
        const records: DatasetRecord[] = [];
        // A chunk must not end inside of CRLF; every other border is allowed.
        const borders = at.filter((cut) => text.slice((cut % (text.length + 1)) - 1).startsWith("\r\n") === false);
        for (const chunk of chunksOf(text, borders)) {
          reader.load(chunk);
          for (let next = reader.next(); next !== null; next = reader.next()) records.push(next);
        }
        const last = reader.end();
        if (last !== null) records.push(last);
        expect(records).toEqual([...readRecords(text, maxLength)]);
      }),
      { numRuns: 2 * nRuns },
    );
  });

  test("see the same records in bytes as in text, with the bytes they come from", async () => {
    await fc.assert(
      fc.asyncProperty(mutated, fc.boolean(), cuts, fc.constantFrom(25, 1000), async (text, hasMark, at, maxLength) => {
        const bytes = Buffer.from((hasMark ? "\ufeff" : "") + text);
        const decoded = new TextDecoder().decode(bytes);
        const records = await readBytes(chunksOf(bytes, at), maxLength);
        expect(records.map(asText)).toEqual([...readRecords(decoded, maxLength)]);
        for (const found of records) {
          if (found.text !== "") expect(bytes.subarray(found.startByte, found.endByte).toString()).toBe(found.text);
          const offsetOfMark = bytes.length - Buffer.byteLength(decoded);
          expect(found.startByte).toBe(Buffer.byteLength(decoded.slice(0, found.startOffset)) + offsetOfMark);
          expect(found.endByte).toBe(Buffer.byteLength(decoded.slice(0, found.endOffset)) + offsetOfMark);
        }
      }),
      { numRuns: nRuns },
    );
  });

  test("take bytes that are no UTF-8 as a decoder does, and find each", async () => {
    const wild = fc.oneof(
      fc.constantFrom(0xff, 0xc0, 0xe2, 0x82, 0xf0, 0x9f, 0xed, 0xa0, 0x0a, 0x0d, 0x22, 0x7b, 0x7d),
      fc.integer({ min: 0, max: 255 }),
    );
    const splice = fc.tuple(fc.nat(), fc.array(wild, { maxLength: 4 }));
    await fc.assert(
      fc.asyncProperty(dataset, fc.array(splice, { maxLength: 4 }), cuts, async (text, splices, at) => {
        const bytes = splices.reduce(
          (result, [where, insert]) => {
            const i = where % (result.length + 1);
            return Buffer.concat([result.subarray(0, i), Buffer.from(insert), result.subarray(i)]);
          },
          Buffer.from(`{"a":"é"}\n${text}`),
        );
        const decoded = new TextDecoder().decode(bytes);
        fc.pre(!decoded.startsWith("\ufeff"));
        const records = await readBytes(chunksOf(bytes, at), 1000);
        expect(records.map(asText)).toEqual([...readRecords(decoded, 1000)]);
        for (const found of records) {
          if (found.text !== "") expect(bytes.subarray(found.startByte, found.endByte).toString()).toBe(found.text);
          for (const { code, data, span } of found.problems) {
            if (code !== "dataset/invalid-utf8") continue;
            expect(decoded.slice(span.start, span.end)).toBe("\ufffd");
            expect(new TextDecoder().decode(bytes.subarray(0, Number(data.byte)), { stream: true })).toHaveLength(
              span.start,
            );
          }
        }
      }),
      { numRuns: 2 * nRuns },
    );
  });

  test("rows never throw, in whatever shape a record is read", async () => {
    await fc.assert(
      fc.asyncProperty(mutated, fc.option(fc.constantFrom(...shapeTable)), async (text, shape) => {
        const options = shape === null ? {} : { shape };
        const inText = [...readRows(text.toWellFormed().replace(/^\ufeff+/, ""), options)];
        for (const { record: found, rows, problems } of inText) {
          expect(rows.length + problems.length).toBeGreaterThan(0);
          for (const row of rows) expect(row.line).toBe(found.line);
        }
        const inBytes: unknown[] = [];
        const bytes = Buffer.from(text.toWellFormed().replace(/^\ufeff+/, ""));
        for await (const batch of readByteRows(stream([bytes]), options))
          inBytes.push(...batch.map((item) => item.rows));
        expect(inBytes).toEqual(inText.map((item) => item.rows));
      }),
      { numRuns: nRuns },
    );
  });
});

/** Line and column of the record and of its problems, counted here from the text itself. */
function expectPlaces(text: string, found: DatasetRecord): void {
  const places = [
    { offset: found.startOffset, line: found.line, column: found.column },
    ...found.problems.map(({ span, data }) => ({ offset: span.start, line: data.line, column: data.column })),
  ];
  for (const { offset, line, column } of places) {
    const lines = text
      .slice(0, offset)
      .replace(/^\ufeff/, "")
      .split(/\r\n|\r(?!\n)|\n/);
    expect([line, column]).toEqual([lines.length, (lines.at(-1)?.length ?? 0) + 1]);
  }
}
