import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { messageText, type Row } from "../../../src/core/row.ts";
import { type DatasetRow, type RecordRows, readRows } from "../../../src/dataset/datasetRows.ts";
import type { JsonValue } from "../../../src/dataset/jsonValue.ts";

/** The path of a small dataset written for these tests. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`../../fixture/dataset/${name}`, import.meta.url));
}

export function fixtureText(name: string): string {
  return readFileSync(fixturePath(name), "utf8");
}

export function rowsOfFixture(name: string): DatasetRow[] {
  return [...readRows(fixtureText(name))].flatMap(({ rows }) => rows);
}

/** What one record gives. */
export function read(value: JsonValue): RecordRows {
  const [result] = [...readRows(JSON.stringify(value))];
  if (result === undefined) throw new Error("the record was not read");
  return result;
}

/** A row as lines of `role: words`, open-book, with the target last. */
export function shown({ prompt, target }: Row): string[] {
  return [...prompt.map((message) => `${message.role}: ${messageText(message, "open")}`), `target: ${target.text}`];
}

/** A row closed-book. */
export function shownClosed({ prompt }: Row): string[] {
  return prompt.map((message) => `${message.role}: ${messageText(message, "closed")}`);
}

/** Says for every part of a row with an origin whether the record really holds the part's text there. */
export function originsHold({ prompt, target }: Row, record: JsonValue): boolean {
  const parts = [...prompt.flatMap((message) => message.parts), target];
  return parts.every(({ origin, text }) => {
    if (origin === undefined) return true;
    const value = origin.path.reduce<JsonValue | undefined>(
      (inner, step) => (inner as Readonly<Record<string | number, JsonValue>> | undefined)?.[step],
      record,
    );
    return typeof value === "string" && value.slice(origin.span.start, origin.span.end) === text;
  });
}

export function codes({ problems }: RecordRows): string[] {
  return problems.map((problem) => problem.code);
}
