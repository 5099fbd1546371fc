import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FileRecord, fileBytes, readByteRecords, readByteRows } from "../../../src/dataset/datasetFile.ts";
import { readRows } from "../../../src/dataset/datasetRows.ts";
import { nRecordsForRecognition } from "../../../src/dataset/limits.ts";
import { fixturePath, fixtureText } from "./fixture.ts";

async function* stream(...chunks: readonly (string | number[])[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : Uint8Array.from(chunk);
}

async function all<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const items: T[] = [];
  for await (const batch of batches) items.push(...batch);
  return items;
}

const places = (records: readonly FileRecord[]) =>
  records.map(({ startOffset, endOffset, startByte, endByte }) => [startOffset, endOffset, startByte, endByte]);

describe("readByteRecords", () => {
  test("counts code units and bytes, the byte order mark among the bytes", async () => {
    const records = await all(readByteRecords(stream('\ufeff{"a":"é😀"}\r\n{"b":1}')));
    expect(places(records)).toEqual([
      [0, 11, 3, 17],
      [13, 20, 19, 26],
    ]);
  });

  test("finds the byte of a record that began chunks ago", async () => {
    const records = await all(readByteRecords(stream("é".length === 1 ? '{"é":0}\n{"é' : "", '":', "1}", '\n{"é":2}')));
    expect(places(records)).toEqual([
      [0, 7, 0, 8],
      [8, 15, 9, 17],
      [16, 23, 18, 26],
    ]);
  });

  test("bytes that are no UTF-8 are read as U+FFFD and said with their place", async () => {
    const records = await all(readByteRecords(stream('{"ok":"é"}\n{"a":"x', [0xe2, 0x82], "y", [0xff], '"}\n{"b":1}')));
    expect(records.map((record) => record.value)).toEqual([{ ok: "é" }, { a: "x\ufffdy\ufffd" }, { b: 1 }]);
    expect(records[1]?.problems).toEqual([
      {
        code: "dataset/invalid-utf8",
        severity: "warning",
        data: { line: 2, column: 8, byte: 19, count: 2 },
        span: { start: 18, end: 19 },
      },
    ]);
    expect(places(records).slice(1)).toEqual([
      [11, 23, 12, 25],
      [24, 31, 26, 33],
    ]);
  });

  test("a line beyond the limit is never held in memory as a whole", async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{"a":1}\n{"a":"');
      for (let i = 0; i < 300; i++) yield Buffer.alloc(100_000, "é");
      yield Buffer.from('"}\n{"a":3}');
    }
    const records = await all(readByteRecords(endless(), { maxLength: 1_000_000 }));
    expect(records.map((record) => record.value)).toEqual([{ a: 1 }, null, { a: 3 }]);
    expect(records[1]?.problems).toMatchObject([
      { code: "dataset/line-too-long", data: { line: 2, length: 15_000_008, limit: 1_000_000 } },
    ]);
    expect(places(records).slice(1)).toEqual([
      [8, 15_000_016, 8, 30_000_016],
      [15_000_017, 15_000_024, 30_000_017, 30_000_024],
    ]);
  });

  test("stops when it is told to", async () => {
    const controller = new AbortController();
    const reading = readByteRecords(stream('{"a":1}\n', '{"a":2}\n'), { signal: controller.signal });
    expect((await reading.next()).value).toHaveLength(1);
    controller.abort();
    await expect(reading.next()).rejects.toThrow("abort");
  });
});

describe("readByteRows", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "dataset-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(["alpaca.jsonl", "conflict.json", "mixed.jsonl", "openaiChat.jsonl"])(
    "reads %s from disk as an editor reads its text",
    async (name) => {
      const fromDisk = await all(readByteRows(fileBytes(fixturePath(name))));
      const inEditor = [...readRows(fixtureText(name))];
      expect(fromDisk.map(({ rows, problems }) => ({ rows, problems }))).toEqual(
        inEditor.map(({ rows, problems }) => ({ rows, problems })),
      );
    },
  );

  test("reads a file of many chunks, recognised by its first records", async () => {
    const path = join(folder, "large.jsonl");
    const rows = Array.from({ length: 30_000 }, (_, i) =>
      JSON.stringify({ prompt: `Frage ${i} — ü`.repeat(3), completion: `${i}` }),
    );
    writeFileSync(path, rows.join("\r\n"));
    const results = await all(readByteRows(fileBytes(path)));
    expect(results).toHaveLength(rows.length);
    expect(
      results.every(
        ({ record, rows: [row] }, i) =>
          row?.line === i + 1 && row.row.target.text === `${i}` && record.text === rows[i],
      ),
    ).toBe(true);
    const last = results.at(-1)?.record;
    expect(last?.endByte).toBe(Buffer.byteLength(rows.join("\r\n")));
  });

  test("only the first records decide, as in an editor, and chunks do not matter", async () => {
    const head = '{"context":"c","question":"q","answer":"a","memory_answer":"m"}\n'.repeat(nRecordsForRecognition);
    const tail =
      '{"prompt":"a","completion":"b","context":"c","question":"q","answer":"a","parametric_answer":"m"}\n'.repeat(500);
    const text = head + tail;
    const inEditor = [...readRows(text)].flatMap(({ rows }) => rows);
    for (const size of [97, 1_000_000]) {
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        text.slice(i * size, (i + 1) * size),
      );
      const fromDisk = (await all(readByteRows(stream(...chunks)))).flatMap(({ rows }) => rows);
      expect(fromDisk).toEqual(inEditor);
    }
  });

  test("an empty stream has no rows, a missing file is the file system's error", async () => {
    expect(await all(readByteRows(stream()))).toEqual([]);
    await expect(all(readByteRows(fileBytes(join(folder, "missing.jsonl"))))).rejects.toMatchObject({ code: "ENOENT" });
    await expect(all(readByteRows(fileBytes(folder)))).rejects.toMatchObject({ code: "EISDIR" });
  });
});
