import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { CodedError } from "../core/problem.ts";
import type { ScoreStore, StoredScore } from "../engine/scoreStore.ts";
import { migrate, pragma } from "./scoreSchema.ts";
import { storeError } from "./storeError.ts";

/** About half a million rows of 100 target tokens; a cache that takes more of a laptop's disk would be noticed. */
const MAX_SIZE_BYTES = 512 * 1024 * 1024;

/** A full store is emptied down to this share at once, so that not every write has to make room. */
const PRUNED_SHARE = 0.8;

/** How long to wait for another process's transaction. Writes take milliseconds; the wait blocks the event loop. */
const BUSY_TIMEOUT_MS = 2000;

/** Result code of a file that cannot be opened, in the low byte of the extended codes. */
const SQLITE_CANTOPEN = 14;

/** The write-ahead log is cut back to this after a checkpoint, so that one large transaction does not leave its size behind. */
const MAX_LOG_BYTES = 16 * 1024 * 1024;

/** Limits of a score database that tests make small. */
export interface ScoreDatabaseLimits {
  /** Above this the oldest scores go. */
  readonly maxSizeBytes?: number;
  readonly busyTimeoutMs?: number;
}

/**
 * Scores in one SQLite file that the editor and the command line use at the same time; the file and its folder are made
 * when missing. It holds log-probabilities only: figures and verdicts are computed from them.
 * @throws CodedError `store/locked`, `store/read-only`, `store/disk-full`, `store/corrupt`, `store/foreign-file`,
 * `store/unavailable`, here and from every method.
 */
export function openScoreDatabase(file: string, limits: ScoreDatabaseLimits = {}): ScoreStore {
  const { maxSizeBytes = MAX_SIZE_BYTES, busyTimeoutMs = BUSY_TIMEOUT_MS } = limits;
  const database = coded(file, () => openDatabase(file, busyTimeoutMs));
  return {
    read: (keys) => coded(file, () => readScores(database, keys)),
    write: (scores) => coded(file, () => writeScores(database, scores, maxSizeBytes)),
    close: () => coded(file, () => database.close()),
  };
}

function coded<Result>(file: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw storeError(error, file);
  }
}

function openDatabase(file: string, busyTimeoutMs: number): DatabaseSync {
  // Looked up at run time: a Node or Electron without SQLite then goes without a store instead of not starting at all.
  const sqlite = process.getBuiltinModule("node:sqlite");
  if (sqlite === undefined) throw new CodedError("store/unavailable", { file, nodeVersion: process.version });
  mkdirSync(dirname(file), { recursive: true });
  let database: DatabaseSync | undefined;
  try {
    database = new sqlite.DatabaseSync(file);
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    enterWalMode(database, busyTimeoutMs);
    database.exec(`PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = ${MAX_LOG_BYTES}`);
    migrate(database, file);
    return database;
  } catch (error) {
    database?.close();
    throw whyNotOpened(error, file);
  }
}

/** SQLite only says that it cannot open a file; the file system says why. */
function whyNotOpened(error: unknown, file: string): unknown {
  if (((error as { errcode?: number }).errcode ?? 0) % 256 !== SQLITE_CANTOPEN) return error;
  try {
    // Only tried after a failure: closing a file takes away the locks that this process holds on it.
    closeSync(openSync(file, "a"));
    return error;
  } catch (fileError) {
    return fileError;
  }
}

/** With a write-ahead log readers and a writer do not wait for each other, and a killed process leaves whole transactions. */
function enterWalMode(database: DatabaseSync, busyTimeoutMs: number): void {
  const deadlineMs = Date.now() + busyTimeoutMs;
  for (;;) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      // SQLite does not apply its own busy timeout to this switch, which two processes may make at once on a new file.
      const isBusy = storeError(error, "").code === "store/locked";
      if (!isBusy || Date.now() > deadlineMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function readScores(database: DatabaseSync, keys: readonly string[]): StoredScore[] {
  const statement = database.prepare("SELECT * FROM score WHERE key IN (SELECT value FROM json_each(?))");
  return statement.all(JSON.stringify(keys)).flatMap((record) => storedScore(record) ?? []);
}

/** The score of a record, or null for one that is not whole: it is scored again and replaced. */
function storedScore(record: Record<string, SQLOutputValue>): StoredScore | null {
  const open = float32Array(record.open);
  const closed = float32Array(record.closed);
  const answerOnly = float32Array(record.answer_only);
  if (!open || (record.closed !== null && !closed) || (record.answer_only !== null && !answerOnly)) return null;
  return {
    key: String(record.key),
    logProbs: {
      open,
      closed,
      answerOnly,
      endOfTurn: { open: nanFromNull(record.end_of_turn_open), closed: nanFromNull(record.end_of_turn_closed) },
    },
    scoredAtMs: Number(record.scored_at_ms),
  };
}

function writeScores(database: DatabaseSync, scores: readonly StoredScore[], maxSizeBytes: number): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    const statement = database.prepare("INSERT OR REPLACE INTO score VALUES (?, ?, ?, ?, ?, ?, ?)");
    for (const { key, logProbs, scoredAtMs } of scores) {
      const { open, closed, answerOnly, endOfTurn } = logProbs;
      const blobs = [bytes(open), closed && bytes(closed), answerOnly && bytes(answerOnly)];
      statement.run(key, Math.round(scoredAtMs), ...blobs, endOfTurn.open, endOfTurn.closed);
    }
    if (sizeBytes(database) > maxSizeBytes) deleteOldest(database, maxSizeBytes);
    database.exec("COMMIT");
  } catch (error) {
    // A full disk or a broken page has already rolled the transaction back.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** The pages in use. Pages that were freed stay in the file and are used again, so the file does not grow past its limit. */
function sizeBytes(database: DatabaseSync): number {
  const nPages = Number(pragma(database, "page_count")) - Number(pragma(database, "freelist_count"));
  return nPages * Number(pragma(database, "page_size"));
}

function deleteOldest(database: DatabaseSync, maxSizeBytes: number): void {
  const nScores = Number(database.prepare("SELECT count(*) AS n FROM score").get()?.n);
  const nKept = Math.floor((nScores * PRUNED_SHARE * maxSizeBytes) / sizeBytes(database));
  const oldest = "SELECT rowid FROM score ORDER BY scored_at_ms, rowid LIMIT ?";
  database.prepare(`DELETE FROM score WHERE rowid IN (${oldest})`).run(nScores - nKept);
}

function bytes(logProbs: Float32Array): Uint8Array {
  return new Uint8Array(logProbs.buffer, logProbs.byteOffset, logProbs.byteLength);
}

/** The log-probabilities of a blob, copied so that they are aligned; null for what is not a whole number of float32. */
function float32Array(blob: SQLOutputValue | undefined): Float32Array | null {
  if (!(blob instanceof Uint8Array) || blob.byteLength % Float32Array.BYTES_PER_ELEMENT !== 0) return null;
  return new Float32Array(new Uint8Array(blob).buffer);
}

/** SQLite has no NaN and keeps it as NULL. */
function nanFromNull(value: SQLOutputValue | undefined): number {
  return typeof value === "number" ? value : Number.NaN;
}
