/** What `JSON.parse` can return. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A parsed JSON object. Its keys come from a file: read only names that `Object.prototype` does not have. */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** Leads from a record to a value inside it. */
export type JsonPath = readonly (string | number)[];

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function isString(value: JsonValue | undefined): value is string {
  return typeof value === "string";
}

/** The JSON name of a value's type, for a sentence. */
export function typeName(value: JsonValue | undefined): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  return Array.isArray(value) ? "array" : typeof value;
}

/** Says whether a character code is white space in JSON: space, tab, line feed, carriage return. */
export function isJsonSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

/** Says whether the quote or other character at `offset` is escaped: an odd number of backslashes stands before it, none before `from`. */
export function isEscaped(text: string, offset: number, from: number): boolean {
  let i = offset;
  while (i > from && text.charCodeAt(i - 1) === 92) i--;
  return (offset - i) % 2 === 1;
}

/** Offset of the quote that ends the string that begins at `start`, or the text's length. */
export function stringEnd(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  let from = start + 1;
  while (quote !== -1 && isEscaped(text, quote, from)) {
    from = quote + 1;
    quote = text.indexOf('"', from);
  }
  return quote === -1 ? text.length : quote;
}
