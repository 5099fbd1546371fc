import { describe, expect, test } from "vitest";
import { headSpan, positionInRecord, problemInRecord } from "../../../src/dataset/datasetRecord.ts";

const record = { text: '{\n  "a": 1,\r\n  "b": 2,\r"c": 3}', line: 7, column: 5, startOffset: 100 };

describe("positionInRecord", () => {
  test.each([
    ["{", 7, 5],
    ["\n", 7, 6],
    ['"a"', 8, 3],
    ["\r\n", 8, 10],
    ['"b"', 9, 3],
    ['"c"', 10, 1],
    ["3}", 10, 6],
  ])("of %j is line %i, column %i", (needle, line, column) => {
    expect(positionInRecord(record, record.text.indexOf(needle))).toEqual({ line, column });
  });

  test("of the end", () => {
    expect(positionInRecord(record, record.text.length)).toEqual({ line: 10, column: 8 });
  });
});

test("problemInRecord places a problem in the file and keeps its facts", () => {
  const start = record.text.indexOf('"b"');
  const problem = { code: "dataset/duplicate-key", severity: "warning", data: { key: "b" } } as const;
  expect(problemInRecord(record, { start, end: start + 3 }, problem)).toEqual({
    code: "dataset/duplicate-key",
    severity: "warning",
    data: { line: 9, column: 3, key: "b" },
    span: { start: 100 + start, end: 103 + start },
  });
});

describe("headSpan", () => {
  const head = (text: string) => {
    const { start, end } = headSpan({ text, startOffset: 50 });
    return text.slice(start - 50, end - 50);
  };

  test.each([
    ['{"a":1}', '"a"'],
    ['{ \n\t"a b" : 1}', '"a b"'],
    ['{"a\\"b":1}', '"a\\"b"'],
    ["{}", "{"],
    ["[1]", "["],
    ["oops", "o"],
    ["", ""],
    ['{"open', '"open'],
  ])("of %j is %j", (text, expected) => {
    expect(head(text)).toBe(expected);
  });

  test("never marks a long key as a whole", () => {
    expect(head(`{"${"k".repeat(20_000)}":1}`)).toHaveLength(120);
  });
});
