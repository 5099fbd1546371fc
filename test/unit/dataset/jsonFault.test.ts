import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diagnose, nestingDepth } from "../../../src/dataset/jsonFault.ts";
import { parseValue } from "../../../src/dataset/recordParser.ts";

describe("nestingDepth", () => {
  test.each([
    ["5", 0],
    ["{}", 1],
    ['{"a":[{}]}', 3],
    ['{"[[[":"{{\\"["}', 1],
    ["[][][]", 1],
    ["}}{{", 0],
    ['["open [[', 1],
  ])("of %s is %i", (text, depth) => {
    expect(nestingDepth(text)).toBe(depth);
  });
});

describe("diagnose", () => {
  test("mends commas in place, so that offsets stay true", () => {
    const text = '{"a":[1,2,],"b":{"c":1 , \n},},';
    const { mended, faults } = diagnose(text);
    expect(mended).toHaveLength(text.length);
    expect(JSON.parse(mended ?? "")).toEqual({ a: [1, 2], b: { c: 1 } });
    expect(faults).toEqual([
      {
        problem: { code: "dataset/trailing-comma", severity: "warning", data: { count: 4 } },
        span: { start: 9, end: 10 },
      },
    ]);
  });

  test.each(["{,}", "[,]", '{"a":,}', '{"a":1,,}', ","])("does not mend %s", (text) => {
    expect(diagnose(text).mended).toBeNull();
    expect(diagnose(text).faults[0]?.problem).toMatchObject({ code: "dataset/invalid-json", severity: "error" });
  });

  test("says one error, the first", () => {
    const { faults } = diagnose('{"a" 1, b:2, "c":NaN}');
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({
      problem: { data: { expected: "colon", found: "1" } },
      span: { start: 5, end: 6 },
    });
  });

  test("always has something to say about a text that JSON.parse refuses, inside that text", () => {
    const piece = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"',
      "1",
      "-",
      ".5",
      "e",
      "true",
      "nul",
      "\\",
      "\t",
      "\u0001",
      "/*",
      "//",
      "\u2028",
      "\ufeff",
      "NaN",
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
        (text) => {
          const { value, faults } = parseValue(text);
          let isJson = true;
          try {
            JSON.parse(text);
          } catch {
            isJson = false;
          }
          if (isJson) expect(value).toEqual(JSON.parse(text));
          else expect(faults.length).toBeGreaterThan(0);
          for (const { span } of faults) {
            expect(span.start).toBeGreaterThanOrEqual(0);
            expect(span.end).toBeLessThanOrEqual(text.length);
            expect(span.end).toBeGreaterThanOrEqual(span.start);
          }
          expect(value === undefined).toBe(faults.some(({ problem }) => problem.severity === "error"));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
