import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { applyFieldEdit, setField } from "../../../src/dataset/fieldEdit.ts";
import type { JsonPath, JsonValue } from "../../../src/dataset/jsonValue.ts";

vi.setConfig({ testTimeout: 60_000 });

function edited(text: string, path: JsonPath, value: JsonValue | undefined): string | null {
  const edit = setField(text, path, value);
  return edit === null ? null : applyFieldEdit(text, edit);
}

describe("setField", () => {
  test.each([
    ["changes a value", '{ "a" : 1.0e0,"b":"\\u00e9" }', ["a"], 2, '{ "a" : 2,"b":"\\u00e9" }'],
    ["changes a value inside", '{"m":[{"c":"x"},{"c":"y"}]}', ["m", 1, "c"], "z", '{"m":[{"c":"x"},{"c":"z"}]}'],
    [
      "adds a key as the record writes them",
      '{"a": 1, "b": 2}',
      ["label"],
      "keep",
      '{"a": 1, "b": 2, "label": "keep"}',
    ],
    ["adds a key to a compact record", '{"a":1,"b":2}', ["label"], true, '{"a":1,"b":2,"label":true}'],
    [
      "adds a key to a pretty record",
      '{\n  "a": 1,\n  "b": 2\n}',
      ["label"],
      3,
      '{\n  "a": 1,\n  "b": 2,\n  "label": 3\n}',
    ],
    ["adds a key behind the only one", '{"a":"x, \\"y\\": "}', ["b"], 1, '{"a":"x, \\"y\\": ","b":1}'],
    ["adds a key to an empty object", "{}", ["a"], null, '{"a": null}'],
    ["adds an object for a path that is not there", '{"a":1}', ["meta", "label"], 2, '{"a":1,"meta": {"label":2}}'],
    ["removes a key", '{"a":1, "b":2}', ["b"], undefined, '{"a":1}'],
    ["changes the last of a key that is there twice", '{"a":1,"a":2}', ["a"], 3, '{"a":1,"a":3}'],
    ["keeps comments of nobody: __proto__ is a key", '{"__proto__":1}', ["__proto__"], 2, '{"__proto__":2}'],
  ])("%s", (_name, text, path, value, expected) => {
    expect(edited(text, path, value)).toBe(expected);
  });

  test.each([
    ["a record that cannot be read", '{"a":', ["a"], 1],
    ["the record itself", "{}", [], 1],
    ["a key of a string", '{"a":"x"}', ["a", "b"], 1],
    ["an item of an object", '{"a":1}', [0], 1],
    ["a key of a list", '{"a":[]}', ["a", "b"], 1],
    ["removing what is not there", '{"a":1}', ["b"], undefined],
    ["removing a key that is there twice", '{"a":1,"a":2}', ["a"], undefined],
  ])("has no edit for %s", (_name, text, path, value) => {
    expect(edited(text, path, value)).toBeNull();
  });

  test("sets the field and changes nothing else, for every record", () => {
    const key = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("label", "a"));
    const record = fc.dictionary(key, fc.jsonValue({ maxDepth: 1 }));
    fc.assert(
      fc.property(
        record,
        key,
        fc.oneof(fc.string({ unit: "binary" }), fc.integer()),
        fc.constantFrom(0, 2),
        (value, name, label, indent) => {
          const text = JSON.stringify(value, null, indent);
          const edit = setField(text, [name], label);
          if (edit === null) throw new Error("no edit");
          const result = applyFieldEdit(text, edit);
          const expected = new Map(Object.entries(JSON.parse(text)));
          expected.set(name, label);
          expect(new Map(Object.entries(JSON.parse(result)))).toEqual(expected);
          expect(result.startsWith(text.slice(0, edit.span.start))).toBe(true);
          expect(result.endsWith(text.slice(edit.span.end))).toBe(true);
          if (!Object.hasOwn(value, name)) expect(edit.span.end).toBe(edit.span.start);
        },
      ),
      { numRuns: 200 },
    );
  });
});
