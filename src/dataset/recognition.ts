import type { JsonObject } from "./jsonValue.ts";
import type { Shape } from "./shape.ts";
import { shapeTable } from "./shapeTable.ts";

/** Which shape a file has, as far as its first records tell. */
export interface Recognition {
  /** Null when no record fits any shape. */
  readonly shape: Shape | null;
  /** Mean over all records looked at of how well they fit the shape (0 where they do not): 0..1. Defined here. */
  readonly confidence: number;
  readonly nRecords: number;
  /** How many records each shape won, most first. */
  readonly votes: readonly { readonly shape: Shape; readonly nRecords: number }[];
}

/** The shape that fits a record best, the more specific one of two that fit equally; null when none fits. */
export function shapeOfRecord(record: JsonObject, table: readonly Shape[] = shapeTable): Shape | null {
  let best: Shape | null = null;
  let bestMatch = 0;
  for (const shape of table) {
    const match = shape.matches(record);
    if (match <= bestMatch) continue;
    best = shape;
    bestMatch = match;
    if (match === 1) break;
  }
  return best;
}

/** The shape that most of the records have; each votes for the one that fits it best, and ties go to the more specific. */
export function recognise(records: Iterable<JsonObject>, table: readonly Shape[] = shapeTable): Recognition {
  const votes = new Map<Shape, number>();
  const seen: JsonObject[] = [];
  for (const record of records) {
    seen.push(record);
    const shape = shapeOfRecord(record, table);
    if (shape !== null) votes.set(shape, (votes.get(shape) ?? 0) + 1);
  }
  const ranked = [...votes]
    .map(([shape, nRecords]) => ({ shape, nRecords }))
    .sort((a, b) => b.nRecords - a.nRecords || table.indexOf(a.shape) - table.indexOf(b.shape));
  const shape = ranked[0]?.shape ?? null;
  const total = shape === null ? 0 : seen.reduce((sum, record) => sum + shape.matches(record), 0);
  return { shape, confidence: seen.length === 0 ? 0 : total / seen.length, nRecords: seen.length, votes: ranked };
}
