import { describe, expect, test } from "vitest";
import type { DatasetProblem, DatasetRecord } from "../../../src/dataset/datasetRecord.ts";
import { maxNesting } from "../../../src/dataset/limits.ts";
import { RecordReader, readRecord, readRecords } from "../../../src/dataset/recordReader.ts";

const read = (text: string, maxLength?: number): DatasetRecord[] => [...readRecords(text, maxLength)];
const values = (text: string) => read(text).map((record) => record.value);
const problemsOf = (text: string): DatasetProblem[] => read(text).flatMap((record) => record.problems);

/** The only problem of a text, with the raw text it marks. */
function onlyProblem(text: string) {
  const problems = problemsOf(text);
  expect(problems).toHaveLength(1);
  const [problem] = problems;
  if (problem === undefined) throw new Error("no problem");
  return { ...problem, marked: text.slice(problem.span.start, problem.span.end) };
}

describe("JSON Lines", () => {
  test("gives line, column and offsets of each record", () => {
    const text = '{"a":1}\n  {"a":2}  \n\n\t\n{"a":"é😀"}';
    const records = read(text);
    expect(records.map(({ recordIdx, line, column, text: raw }) => [recordIdx, line, column, raw])).toEqual([
      [0, 1, 1, '{"a":1}'],
      [1, 2, 3, '{"a":2}'],
      [2, 5, 1, '{"a":"é😀"}'],
    ]);
    for (const record of records) expect(text.slice(record.startOffset, record.endOffset)).toBe(record.text);
    expect(records.map((record) => record.value)).toEqual([{ a: 1 }, { a: 2 }, { a: "é😀" }]);
  });

  test.each([
    ["LF", "\n"],
    ["CRLF", "\r\n"],
    ["CR", "\r"],
  ])("ends lines with %s", (_name, end) => {
    const text = ['{"a":1}', "", '{"a":2}', "x", ""].join(end);
    expect(read(text).map((record) => record.line)).toEqual([1, 3, 4]);
    expect(onlyProblem(text)).toMatchObject({ data: { line: 4, column: 1 }, marked: "x" });
  });

  test("counts lines through mixed line ends", () => {
    expect(read('{"a":1}\r{"a":2}\r\n{"a":3}\n\r{"a":4}\r\n\r\n{"a":5}').map((record) => record.line)).toEqual([
      1, 2, 3, 5, 7,
    ]);
  });

  test("skips a byte order mark without counting it as a column", () => {
    const [record] = read('\ufeff{"a":1}\n{"a":2}');
    expect(record).toMatchObject({ line: 1, column: 1, startOffset: 1, endOffset: 8 });
    expect(values("\ufeff")).toEqual([]);
    expect(read("\ufeff\n\n 5")[0]).toMatchObject({ line: 3, column: 2, startOffset: 4 });
  });

  test.each(["", "\n", " \r\n\t"])("finds no record in %j", (text) => {
    expect(read(text)).toEqual([]);
  });

  test("one bad line does not stop the others", () => {
    const text = '{"a":1}\n{"a":\n{"a":3}\n';
    expect(values(text)).toEqual([{ a: 1 }, null, { a: 3 }]);
    expect(onlyProblem(text)).toMatchObject({
      code: "dataset/invalid-json",
      severity: "error",
      data: { line: 2, column: 6, expected: "value" },
    });
  });

  test("is lazy: records come one by one", () => {
    const records = readRecords('{"a":1}\n{"a":2}\nx');
    expect(records.next().value?.value).toEqual({ a: 1 });
    expect(records.next().value?.value).toEqual({ a: 2 });
  });
});

describe("what is wrong with a record, and where", () => {
  test.each([
    ['{"a" 1}', "colon", 6, "1"],
    ["{a:1}", "key", 2, "a"],
    ["{'a':1}", "key", 2, "'a'"],
    ['{"a":None}', "value", 6, "None"],
    ['{"a":}', "value", 6, "}"],
    ['{"a":1 "b":2}', "comma", 8, '"b"'],
    ['{"a":[1,2}', "comma", 10, "}"],
    ['{"a":1', "closing-brace", 7, ""],
    ['{"a":[1', "closing-bracket", 8, ""],
    ['{"a":"x', "closing-quote", 6, '"x'],
    ['{"a":"x\\q"}', "known-escape", 8, '\\q"'],
    ['{"a":"\\n\\u12"}', "four-hex-digits", 9, '\\u12"'],
    ['{"a":"x\ty"}', "escaped-control-character", 8, '\ty"'],
    ['{"a":1.}', "digit", 6, "1."],
    ['{"a":1} {"b":2}', "end-of-record", 9, "{"],
    ['{"a":1}x', "comma-or-end", 8, "x"],
    ['{"a":1 // c', "no-comment", 8, "// c"],
  ])("%s expects %s in column %i", (bad, expected, column, found) => {
    const text = `{"ok":1}\n ${bad}\n{"ok":2}`;
    const problem = onlyProblem(text);
    expect(problem).toMatchObject({ code: "dataset/invalid-json", severity: "error" });
    expect(problem.data).toEqual({ line: 2, column: column + 1, expected, found });
    expect(problem.marked).toBe(found);
    expect(values(text)).toEqual([{ ok: 1 }, null, { ok: 2 }]);
  });

  test.each(["NaN", "Infinity", "-Infinity", "nan", "-inf"])("%s is not a number of JSON", (literal) => {
    const problem = onlyProblem(`{"a":[1, ${literal}]}`);
    expect(problem).toMatchObject({
      code: "dataset/not-a-number",
      severity: "error",
      data: { line: 1, column: 10, literal },
      marked: literal,
    });
  });

  test.each([
    ["5", "number"],
    ['"text"', "string"],
    ["null", "null"],
    ["true", "boolean"],
  ])("%s is no object", (text, found) => {
    expect(onlyProblem(text)).toMatchObject({
      code: "dataset/record-not-object",
      severity: "error",
      data: { line: 1, column: 1, found },
    });
    expect(values(text)).toEqual([null]);
  });

  test("a comma too many is mended and said", () => {
    expect(onlyProblem('{"a":[1,],"b":2, }')).toMatchObject({
      code: "dataset/trailing-comma",
      severity: "warning",
      data: { line: 1, column: 8, count: 2 },
      marked: ",",
    });
    expect(values('{"a":[1,],"b":2, }')).toEqual([{ a: [1], b: 2 }]);
    expect(onlyProblem('{"a":"x,}"},\n{"a":2}')).toMatchObject({
      code: "dataset/trailing-comma",
      data: { column: 12, count: 1 },
    });
    expect(values('{"a":"x,}"},\n{"a":2}')).toEqual([{ a: "x,}" }, { a: 2 }]);
  });

  test("a key that is there twice is said; the last value counts", () => {
    const text = '{"x":{"a":1},"a" : 1,"b":{"a":3},"a":2,"a":4}';
    expect(onlyProblem(text)).toMatchObject({
      code: "dataset/duplicate-key",
      severity: "warning",
      data: { line: 1, column: 34, key: "a", count: 2 },
      marked: '"a"',
    });
    expect(values(text)).toEqual([{ x: { a: 1 }, a: 4, b: { a: 3 } }]);
  });

  test("finds a duplicate key whatever is written around the colons, and none where there is none", () => {
    expect(onlyProblem('{"a"\t:1,"\\u0061":2}').data).toMatchObject({ key: "a", column: 9 });
    expect(onlyProblem('{"a\\\\":1,"a\\\\":2}').data).toMatchObject({ key: "a\\" });
    expect(problemsOf('{"a":":","b":": x","c":"\\":","d":"{\\"a\\":1,\\"a\\":2}"}')).toEqual([]);
    expect(problemsOf('{"__proto__":1,"constructor":2}')).toEqual([]);
  });

  test("a lone surrogate is said; pairs are not", () => {
    const text = '{"ok":"\\ud83d\\ude00","a":"x\\uD83D y"}';
    expect(onlyProblem(text)).toMatchObject({
      code: "dataset/lone-surrogate",
      severity: "warning",
      data: { line: 1, column: 28, found: "\\uD83D", count: 1 },
      marked: "\\uD83D",
    });
    expect(values(text)).toEqual([{ ok: "😀", a: "x\ud83d y" }]);
    expect(onlyProblem('{"a":"\ude00"}')).toMatchObject({
      code: "dataset/lone-surrogate",
      data: { column: 7, found: "\\ude00" },
    });
    expect(onlyProblem('{"\\udc00":1}')).toMatchObject({ code: "dataset/lone-surrogate", data: { column: 3 } });
    expect(problemsOf('{"a":"\\\\ud83d \\u4e2d \ud83d\\ude00"}')).toEqual([]);
  });

  test("nesting beyond the limit is refused, whether the text is JSON or not", () => {
    const nested = (depth: number, end: string) => `{"a":${"[".repeat(depth - 1)}${end.repeat(depth - 1)}}`;
    expect(problemsOf(nested(maxNesting, "]"))).toEqual([]);
    for (const text of [nested(maxNesting + 1, "]"), nested(100_000, "]"), nested(100_000, "")]) {
      expect(onlyProblem(text)).toMatchObject({
        code: "dataset/nested-too-deep",
        severity: "error",
        data: { line: 1, column: 1, limit: maxNesting },
      });
    }
  });

  test("a line beyond the limit is left out, the others are read", () => {
    const text = `{"a":1}\n {"a":"${"x".repeat(50)}"}\n{"a":3}`;
    const records = read(text, 20);
    expect(records.map((record) => record.value)).toEqual([{ a: 1 }, null, { a: 3 }]);
    expect(records[1]).toMatchObject({ line: 2, column: 2, startOffset: 9, endOffset: 67, text: "" });
    expect(records[1]?.problems).toEqual([
      {
        code: "dataset/line-too-long",
        severity: "error",
        data: { line: 2, column: 2, length: 58, limit: 20 },
        span: { start: 9, end: 10 },
      },
    ]);
  });
});

describe("a JSON array", () => {
  const rows = [{ a: 1, b: [{ c: "x, ]}" }] }, { a: '\\"{' }, { a: {} }];

  test.each([0, 1, 2, "\t"])("is read with indent %j", (indent) => {
    const text = ` \n${JSON.stringify(rows, null, indent)}\n`;
    const records = read(text);
    expect(records.map((record) => record.value)).toEqual(rows);
    expect(records.flatMap((record) => record.problems)).toEqual([]);
    for (const record of records) {
      expect(text.slice(record.startOffset, record.endOffset)).toBe(record.text);
      const before = text.slice(0, record.startOffset).split("\n");
      expect([record.line, record.column]).toEqual([before.length, (before.at(-1)?.length ?? 0) + 1]);
    }
  });

  test("is read where nested braces are not indented", () => {
    const text = '[\n{"a": [\n{"b":1},\n{"b":2}\n]},\n{"a": [\n{"b":3}]}\n]';
    expect(values(text)).toEqual([{ a: [{ b: 1 }, { b: 2 }] }, { a: [{ b: 3 }] }]);
    expect(values("[]")).toEqual([]);
    expect(problemsOf("[ \r\n ]\n")).toEqual([]);
  });

  test("places a problem inside a record of several lines", () => {
    expect(onlyProblem('[\r\n  {\r\n    "a": 1,\r\n    "b": NaN\r\n  }\r\n]')).toMatchObject({
      code: "dataset/not-a-number",
      data: { line: 4, column: 10 },
      marked: "NaN",
    });
  });

  test.each([
    ["a string that was not closed", '[\n{"a":"x},\n{"a":2},\n{"a":3}]', [null, { a: 2 }, { a: 3 }], 2],
    ["a brace that was not closed", '[{"a":1,\n{"a":2},{"a":3}]', [null, { a: 2 }, { a: 3 }], 1],
    ["a bracket that was not closed", '[{"a":[1,2},{"a":2}]', [null, { a: 2 }], 1],
    [
      "a nested list that was not closed",
      '[\n{"m":[{"a":1}]},\n{"m":[{"a":2},\n{"m":[{"a":3}]}\n]',
      [{ m: [{ a: 1 }] }, null, { m: [{ a: 3 }] }],
      3,
    ],
    ["a word that is no JSON", '[{"a":1}, oops, {"a":3}]', [{ a: 1 }, null, { a: 3 }], 1],
    ["a closing brace too many", '[{"a":1}}, {"a":3}]', [{ a: 1 }, null, { a: 3 }], 1],
  ])("goes on after %s", (_name, text, expected, line) => {
    expect(values(text)).toEqual(expected);
    const errors = problemsOf(text).filter((problem) => problem.severity === "error");
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ code: "dataset/invalid-json", data: { line } });
  });

  test.each([
    ["dataset/trailing-comma", '[{"a":1},\n{"a":2} , \n]', { line: 2, column: 9 }, ","],
    ["dataset/missing-comma", '[{"a":1}\n {"a":2}]', { line: 2, column: 2 }, "{"],
    ["dataset/extra-comma", '[{"a":1},,{"a":2}]', { line: 1, column: 10 }, ","],
    ["dataset/extra-comma", "[,\n]", { line: 1, column: 2 }, ","],
    ["dataset/text-after-array", '[{"a":1}]\n{"a":2}\n{"a":3}', { line: 2, column: 1 }, "{"],
    ["dataset/array-not-closed", '[{"a":1},\n{"a":2}', { line: 2, column: 8 }, ""],
  ])("%s is a warning that loses no record", (code, text, data, marked) => {
    expect(onlyProblem(text)).toMatchObject({ code, severity: "warning", data, marked });
    const found = values(text).filter((value) => value !== null);
    expect(found).toEqual([...text.matchAll(/\{"a":(\d)\}/g)].map((match) => ({ a: Number(match[1]) })));
  });

  test("an array cut in a record says both", () => {
    expect(problemsOf('[{"a":1},{"a":').map((problem) => problem.code)).toEqual([
      "dataset/array-not-closed",
      "dataset/invalid-json",
    ]);
  });

  test("an element beyond the limit is left out, the others are read", () => {
    const text = `[{"a":1},\n {"a":"${"x".repeat(50)}"},\n{"a":3}]`;
    const records = read(text, 20);
    expect(records.map((record) => record.value)).toEqual([{ a: 1 }, null, { a: 3 }]);
    expect(records[1]?.problems[0]).toMatchObject({
      code: "dataset/line-too-long",
      data: { line: 2, column: 2, length: 58 },
    });
  });

  test("strays of closing brackets after the array end", () => {
    expect(problemsOf('[{"a":1}]]]').map((problem) => problem.code)).toEqual([
      "dataset/text-after-array",
      "dataset/invalid-json",
    ]);
  });
});

describe("chunks", () => {
  test("tell where the record that is not complete begins", () => {
    const reader = new RecordReader();
    reader.load('\n{"a":1}\n {"a"');
    expect(reader.next()?.value).toEqual({ a: 1 });
    expect(reader.next()).toBeNull();
    expect(reader.openOffset).toBe(10);
    reader.load(":2}\n");
    expect(reader.next()).toMatchObject({ value: { a: 2 }, startOffset: 10, endOffset: 17, line: 3, column: 2 });
    expect(reader.next()).toBeNull();
    expect(reader.openOffset).toBeNull();
    expect(reader.end()).toBeNull();
  });
});

describe("one record by itself", () => {
  test.each(['{"a":1}', '  {"a":1,} ', '{"a":NaN}', "5", '{"a":"x', '\u00a0{"a":1}', '{"a":1}\u00a0', '{"a":1},'])(
    "%j is read as a line of a file is",
    (text) => {
      expect(readRecord(text)).toEqual(read(text)[0]);
    },
  );

  test("may have several lines, unlike a line of a file", () => {
    expect(readRecord('\r\n {\n"a": NaN}\n')).toMatchObject({
      line: 2,
      column: 2,
      startOffset: 3,
      endOffset: 14,
      problems: [{ data: { line: 3, column: 6 } }],
    });
    expect(readRecord('[{"a":1}]')?.problems).toMatchObject([
      { code: "dataset/record-not-object", data: { found: "array" } },
    ]);
    expect(readRecord(" \n")).toBeNull();
    expect(readRecord('{"a":1}', 3)?.problems).toMatchObject([
      { code: "dataset/line-too-long", data: { length: 7, limit: 3 } },
    ]);
  });
});

describe("time grows with the length of the text, not with its square", () => {
  const n = 300_000;
  test.each([
    ["open brackets, then braces", `[${"[".repeat(n)}${"}".repeat(n)}`],
    ["quotes", `["${'"'.repeat(n)}`],
    ["escaped quotes", `["${'\\"'.repeat(n)}`],
    ["backslashes", `["${"\\".repeat(n)}"]`],
    ["commas", `[${",".repeat(n)}]`],
    ["trailing commas", `{"a":[${"[1,],".repeat(n / 10)}]}`],
    ["errors", `{"a":${"x ".repeat(n)}}`],
    ["keys that are there twice", `{${'"a":1,'.repeat(n / 10)}"a":1}`],
    ["colons", `{"a":"${'\\":'.repeat(n)}"}`],
    ["line ends", "\r\n".repeat(n)],
  ])("%s", (_name, text) => {
    for (const record of readRecords(text)) expect(record.problems.length).toBeLessThan(4);
  });
});
