import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { JsonPath, JsonValue } from "../../../src/dataset/jsonValue.ts";
import { loneSurrogates, SourceMap } from "../../../src/dataset/sourceMap.ts";

vi.setConfig({ testTimeout: 60_000 });

/** A JSON string literal and the string it writes, with escapes where JSON allows a choice. */
const literal = fc
  .array(
    fc.oneof(
      fc
        .integer({ min: 0, max: 0xffff })
        .map((code) => ({ unit: String.fromCharCode(code), raw: `\\u${code.toString(16).padStart(4, "0")}` })),
      fc.constantFrom(
        { unit: "\n", raw: "\\n" },
        { unit: "\t", raw: "\\t" },
        { unit: '"', raw: '\\"' },
        { unit: "\\", raw: "\\\\" },
        { unit: "/", raw: "\\/" },
        { unit: "\b", raw: "\\b" },
      ),
      fc.string({ unit: "binary", minLength: 1, maxLength: 3 }).map((text) => ({ unit: text, raw: text })),
    ),
  )
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none of them unescaped
  .map((pieces) => pieces.filter(({ unit, raw }) => unit !== raw || !/["\\\u0000-\u001f]/.test(raw)))
  .map((pieces) => ({
    text: pieces.map((piece) => piece.unit).join(""),
    raw: `"${pieces.map((piece) => piece.raw).join("")}"`,
  }));

function spanOf(start: number, end: number) {
  return { start, end };
}

describe("SourceMap", () => {
  const text = ' { "a" : "x\\n\\u00e9y", "list":[ "", {"b":"\\ud83d\\ude00"} ], "n": 5 }';
  const map = new SourceMap(text);
  const rawOf = (path: JsonPath, start: number, end: number) => {
    const span = map.rawSpan({ path, span: { start, end } });
    return span === null ? null : text.slice(span.start, span.end);
  };

  test("leads from a decoded span to the raw text, through escapes", () => {
    expect(rawOf(["a"], 0, 4)).toBe("x\\n\\u00e9y");
    expect(rawOf(["a"], 1, 2)).toBe("\\n");
    expect(rawOf(["a"], 2, 4)).toBe("\\u00e9y");
    expect(rawOf(["a"], 4, 4)).toBe("");
    expect(rawOf(["list", 0], 0, 0)).toBe("");
    expect(rawOf(["list", 1, "b"], 0, 2)).toBe("\\ud83d\\ude00");
  });

  test("has no answer for a path or span that is not there", () => {
    expect(rawOf(["a"], 0, 5)).toBeNull();
    expect(rawOf(["a"], 3, 2)).toBeNull();
    expect(rawOf(["n"], 0, 1)).toBeNull();
    expect(rawOf(["list", 9], 0, 0)).toBeNull();
    expect(rawOf(["a", "b"], 0, 0)).toBeNull();
    expect(rawOf([], 0, 0)).toBeNull();
  });

  test("leads from a raw offset to the string and the code unit there", () => {
    const at = (needle: string, plus = 0) => map.positionAt(text.indexOf(needle) + plus);
    expect(at("x\\n")).toEqual({ path: ["a"], index: 0 });
    expect(at("x\\n", 2)).toEqual({ path: ["a"], index: 1 });
    expect(at("\\u00e9", 5)).toEqual({ path: ["a"], index: 2 });
    expect(at('y"', 1)).toEqual({ path: ["a"], index: 4 });
    expect(at("\\ude00", 1)).toEqual({ path: ["list", 1, "b"], index: 1 });
    for (const outside of [
      0,
      text.indexOf('"a"') + 1,
      text.indexOf(": 5") + 2,
      text.indexOf('"x'),
      text.length,
      9999,
      -1,
    ]) {
      expect(map.positionAt(outside)).toBeNull();
    }
  });

  test("finds values and keys", () => {
    const slice = (span: { start: number; end: number } | null) => span && text.slice(span.start, span.end);
    expect(slice(map.valueSpan(["list", 1]))).toBe('{"b":"\\ud83d\\ude00"}');
    expect(slice(map.valueSpan(["n"]))).toBe("5");
    expect(slice(map.keySpan(["list", 1, "b"]))).toBe('"b"');
    expect(map.keySpan(["list", 1])).toBeNull();
    expect(map.valueSpan(["nothing"])).toBeNull();
  });

  test("of a key that is there twice it finds the last, as JSON.parse does", () => {
    const twice = '{"a":"one","a":"two"}';
    expect(new SourceMap(twice).rawSpan({ path: ["a"], span: { start: 0, end: 3 } })).toEqual({ start: 16, end: 19 });
  });

  test("works on a record that is being typed, and gives up on one that is nested too deep", () => {
    expect(new SourceMap('{"a":"xy').rawSpan({ path: ["a"], span: { start: 0, end: 2 } })).toEqual({
      start: 6,
      end: 8,
    });
    expect(new SourceMap("").positionAt(0)).toBeNull();
    expect(new SourceMap(`{"a":${"[".repeat(100_000)}`).valueSpan(["a"])).toBeNull();
  });

  test("raw spans decode to the decoded span, and raw offsets lead back, for every string", () => {
    fc.assert(
      fc.property(literal, fc.nat(), fc.nat(), ({ text: decoded, raw }, a, b) => {
        const source = `{"k": [0, ${raw}]}`;
        expect((JSON.parse(source) as { k: JsonValue[] }).k[1]).toBe(decoded);
        const [start = 0, end = 0] = [a % (decoded.length + 1), b % (decoded.length + 1)].sort((x, y) => x - y);
        const sourceMap = new SourceMap(source);
        const span = sourceMap.rawSpan({ path: ["k", 1], span: { start, end } }) ?? spanOf(-1, -1);
        expect(JSON.parse(`"${source.slice(span.start, span.end)}"`)).toBe(decoded.slice(start, end));
        for (let offset = span.start; offset < span.end; offset++) {
          const position = sourceMap.positionAt(offset);
          expect(position?.path).toEqual(["k", 1]);
          const unit =
            sourceMap.rawSpan({ path: ["k", 1], span: spanOf(position?.index ?? -1, (position?.index ?? -1) + 1) }) ??
            spanOf(-1, -1);
          expect(unit.start <= offset && offset < unit.end).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("lone surrogates are found exactly where the decoded string has them", () => {
    fc.assert(
      fc.property(literal, ({ text: decoded, raw }) => {
        const alone = decoded.replace(/[\ud800-\udbff][\udc00-\udfff]/g, "  ").replace(/[^\ud800-\udfff]/g, "");
        expect(loneSurrogates(raw)).toHaveLength(alone.length);
      }),
      { numRuns: 300 },
    );
  });
});
