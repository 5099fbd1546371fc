import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  isArray,
  isEscaped,
  isJsonSpace,
  isObject,
  isString,
  stringEnd,
  typeName,
} from "../../../src/dataset/jsonValue.ts";

describe("types", () => {
  test.each([
    [{}, "object", true, false, false],
    [[], "array", false, true, false],
    ["x", "string", false, false, true],
    [null, "null", false, false, false],
    [undefined, "nothing", false, false, false],
    [5, "number", false, false, false],
    [false, "boolean", false, false, false],
  ])("of %j", (value, name, object, array, string) => {
    expect(typeName(value)).toBe(name);
    expect([isObject(value), isArray(value), isString(value)]).toEqual([object, array, string]);
  });
});

test("white space is what JSON says, not what Unicode says", () => {
  const spaces = Array.from({ length: 0x10000 }, (_, code) => code).filter(isJsonSpace);
  expect(spaces).toEqual([9, 10, 13, 32]);
});

describe("escaped quotes", () => {
  test("an odd number of backslashes escapes", () => {
    const text = 'a\\"b\\\\"c\\\\\\"';
    const quotes = [...text.matchAll(/"/g)].map((match) => match.index);
    expect(quotes.map((quote) => isEscaped(text, quote, 0))).toEqual([true, false, true]);
  });

  test("backslashes before the beginning do not count", () => {
    expect(isEscaped('\\"', 1, 0)).toBe(true);
    expect(isEscaped('\\"', 1, 1)).toBe(false);
  });

  test("stringEnd finds the closing quote of every string, and the end of the text where there is none", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (value, rest) => {
        const literal = JSON.stringify(value);
        expect(stringEnd(`[${literal},${JSON.stringify(rest)}`, 1)).toBe(literal.length);
        expect(stringEnd(literal.slice(0, -1), 0)).toBe(literal.length - 1);
      }),
    );
  });
});
