import { describe, expect, test } from "vitest";
import { RowReader, readRows } from "../../../src/dataset/datasetRows.ts";
import { readRecords } from "../../../src/dataset/recordReader.ts";
import { shapeNamed } from "../../../src/dataset/shapeTable.ts";
import { SourceMap } from "../../../src/dataset/sourceMap.ts";
import { codes, fixtureText } from "./fixture.ts";

describe("readRows", () => {
  const text = fixtureText("mixed.jsonl");
  const results = [...readRows(text)];

  test("reads each record in the file's shape, or in its own; nothing is dropped silently", () => {
    expect(results.map(({ record, rows, problems }) => [record.line, rows[0]?.shapeName, problems[0]?.code])).toEqual([
      [1, "alpaca", undefined],
      [2, "alpaca", undefined],
      [4, "prompt-completion", undefined],
      [5, undefined, "dataset/empty-target"],
      [6, undefined, "dataset/invalid-json"],
      [7, undefined, "dataset/unknown-shape"],
    ]);
    expect(results.flatMap(({ rows }) => rows.map((row) => row.recordIdx))).toEqual([0, 1, 2]);
  });

  test("places the problems of a shape in the file", () => {
    const [empty, , unknown] = results.slice(3).map(({ problems }) => problems[0]);
    expect(empty?.data).toEqual({ line: 5, column: 48, field: "output", turn: 0 });
    expect(empty && text.slice(empty.span.start, empty.span.end)).toBe('"output"');
    expect(unknown?.data).toEqual({ line: 7, column: 2, keys: "text, label" });
    expect(unknown && text.slice(unknown.span.start, unknown.span.end)).toBe('"text"');
  });

  test("a shape that the user chose is the only one", () => {
    const shape = shapeNamed("prompt-completion");
    const chosen = [...readRows(text, { shape })];
    expect(chosen.map(({ rows }) => rows.length)).toEqual([0, 0, 1, 0, 0, 0]);
    expect(chosen[0]?.problems).toMatchObject([
      {
        code: "dataset/shape-mismatch",
        severity: "error",
        data: { line: 1, column: 2, shape: "prompt-completion", keys: "instruction, input, output" },
      },
    ]);
  });

  test("the head is the first key, never the whole line", () => {
    const heads = (source: string) =>
      [...readRows(source)].flatMap(({ rows }) =>
        rows.map(({ headSpan }) => source.slice(headSpan.start, headSpan.end)),
      );
    expect(heads(text)).toEqual(['"instruction"', '"instruction"', '"prompt"']);
    expect(heads('[\n {\n  "prompt" : "a", "completion": "b" } ]')).toEqual(['"prompt"']);
    expect(heads(`{"x\\"${"y".repeat(500)}":1,"prompt":"a","completion":"b"}`)[0]).toHaveLength(120);
  });

  test("origins lead to the raw text of the file", () => {
    const source = '{"instruction":"Caf\\u00e9?","input":"a\\nb","output":"\\"c\\""}';
    const [result] = [...readRows(`\n${source}`)];
    const part = result?.rows[0]?.row.prompt[0]?.parts[2];
    const origin = part?.origin;
    const span = origin === undefined ? null : new SourceMap(result?.record.text ?? "").rawSpan(origin);
    expect(part).toMatchObject({ kind: "context", text: "a\nb" });
    expect(span && source.slice(span.start, span.end)).toBe("a\\nb");
  });

  test("warnings of the reader stay beside the rows", () => {
    const [result] = [...readRows('{"prompt":"a","completion":"b","prompt":"c"},')];
    expect(result?.rows).toHaveLength(1);
    expect(result && codes(result)).toEqual(["dataset/trailing-comma", "dataset/duplicate-key"]);
  });

  test("a record of many problems says the first and counts the others", () => {
    const turns = Array.from({ length: 70 }, () => ({ role: "assistant", content: "" }));
    const [result] = [...readRows(JSON.stringify({ messages: turns }))];
    expect(result?.problems).toHaveLength(51);
    expect(result?.problems.at(-1)).toMatchObject({
      code: "dataset/more-problems",
      severity: "warning",
      data: { count: 20, line: 1, column: 2 },
    });
  });

  test("a conversation of too many turns is refused, not multiplied", () => {
    const turns = Array.from({ length: 1001 }, () => ({ from: "gpt", value: "a" }));
    const [result] = [...readRows(JSON.stringify({ conversations: turns }))];
    expect(result?.rows).toEqual([]);
    expect(result?.problems).toMatchObject([
      { code: "dataset/too-many-turns", severity: "error", data: { field: "conversations", count: 1001, limit: 1000 } },
    ]);
    expect([...readRows(JSON.stringify({ conversations: turns.slice(1) }))][0]?.rows).toHaveLength(1000);
  });

  test("long lists of keys are cut", () => {
    const value = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`${i === 3 ? "k".repeat(99) : "key"}${i}`, 1]),
    );
    const keys = String([...readRows(JSON.stringify(value))][0]?.problems[0]?.data.keys);
    expect(keys.endsWith("key9, …")).toBe(true);
    expect(keys).toContain(`${"k".repeat(40)}…`);
  });
});

describe("RowReader", () => {
  test("tells what it recognised and reads one record at a time", () => {
    const records = [...readRecords(fixtureText("mixed.jsonl"))];
    const reader = new RowReader(records);
    expect(reader.recognition.shape?.name).toBe("alpaca");
    expect(reader.recognition.nRecords).toBe(5);
    const [first] = records;
    expect(first && reader.read(first).rows).toHaveLength(1);
  });
});
