import { isString, type JsonObject, type JsonValue } from "./jsonValue.ts";

/** Says whether a value has the type that a shape asks for. */
export type TypeTest = (value: JsonValue | undefined) => boolean;

export function isOptionalString(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || isString(value);
}

/**
 * How well a record fits a set of keys. 0 when a required key is missing or any key has the wrong type;
 * else 0.5 + 0.5 * (known keys of the record / keys of the record), so that the shape that explains more keys wins.
 * Defined here.
 */
export function keyMatch(
  record: JsonObject,
  required: Readonly<Record<string, TypeTest>>,
  optional: Readonly<Record<string, TypeTest>> = {},
): number {
  let nKnown = 0;
  for (const key in required) {
    if (record[key] === undefined || required[key]?.(record[key]) !== true) return 0;
    nKnown++;
  }
  for (const key in optional) {
    if (record[key] === undefined) continue;
    if (optional[key]?.(record[key]) !== true) return 0;
    nKnown++;
  }
  return 0.5 + (0.5 * nKnown) / Object.keys(record).length;
}
