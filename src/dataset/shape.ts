import type { Problem } from "../core/problem.ts";
import type { Row } from "../core/row.ts";
import type { JsonObject, JsonPath } from "./jsonValue.ts";

/** A row that a record holds, with the 0-based index of the assistant turn that is its target. */
export interface ShapeRow {
  readonly turnIdx: number;
  readonly row: Row;
}

/** A problem at a value inside a record; the reader finds line and column from the path. */
export interface ShapeProblem extends Problem {
  readonly path: JsonPath;
}

/** What a shape makes of one record: its rows, and what kept others from being rows. */
export interface ShapeRows {
  readonly rows: readonly ShapeRow[];
  readonly problems: readonly ShapeProblem[];
}

/**
 * One way to write training examples as JSON objects. A new shape is one file with such an entry and one line in
 * `shapeTable.ts`.
 */
export interface Shape {
  /** Stable identifier, used in settings and reports. */
  readonly name: string;
  /** Name shown to people. */
  readonly title: string;
  /** 0 when the record is not of this shape, else in (0, 1]: 1 when every key is known. Keys and types both count. */
  matches(record: JsonObject): number;
  /** Only for records that match. */
  rows(record: JsonObject): ShapeRows;
}
