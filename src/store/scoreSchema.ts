import type { DatabaseSync } from "node:sqlite";
import { CodedError } from "../core/problem.ts";

/** Marks the file as ours (`PRAGMA application_id`), so that another program's database is never written to: "ctxr". */
const APPLICATION_ID = 0x63747872;

/**
 * Statement `i` takes the schema from version `i` to `i + 1`; `PRAGMA user_version` holds the version. Published entries
 * never change. Log-probabilities are float32 in the machine's byte order: the file is a cache of one machine.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE score (
     key TEXT PRIMARY KEY NOT NULL,
     scored_at_ms INTEGER NOT NULL,
     open BLOB NOT NULL,
     closed BLOB,
     answer_only BLOB,
     end_of_turn_open REAL,
     end_of_turn_closed REAL
   ) STRICT`,
];

/** What a pragma answers, such as the schema version. */
export function pragma(database: DatabaseSync, name: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

/**
 * Brings the file to the newest schema. A file of a newer version of this program, or of another program, is left as it
 * is: scores cost time, and what is not understood is not ours to delete.
 * @throws CodedError `store/unavailable`, `store/foreign-file`.
 */
export function migrate(database: DatabaseSync, file: string): void {
  if (pragma(database, "user_version") === MIGRATIONS.length && isOurs(database)) return;
  // Another process may be doing the same: whoever gets the lock second finds nothing left to do.
  database.exec("BEGIN IMMEDIATE");
  try {
    const schemaVersion = Number(pragma(database, "user_version"));
    if (!isOurs(database) && !isEmpty(database)) throw new CodedError("store/foreign-file", { file });
    if (schemaVersion > MIGRATIONS.length) {
      throw new CodedError("store/unavailable", { file, schemaVersion, knownSchemaVersion: MIGRATIONS.length });
    }
    for (const statement of MIGRATIONS.slice(schemaVersion)) database.exec(statement);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`);
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function isOurs(database: DatabaseSync): boolean {
  return pragma(database, "application_id") === APPLICATION_ID;
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
}
