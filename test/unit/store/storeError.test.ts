import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { CodedError } from "../../../src/core/problem.ts";
import { storeError } from "../../../src/store/storeError.ts";

/** The error that SQLite itself gives. */
function sqliteError(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

test("a database that cannot grow is a full disk", () => {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE t (x); PRAGMA max_page_count = 3");
  const error = sqliteError(() => database.exec("INSERT INTO t VALUES (zeroblob(100000))"));
  expect(storeError(error, "/s.db")).toMatchObject({ code: "store/disk-full", data: { file: "/s.db" } });
});

test("a database that may only be read is read-only", () => {
  const folder = mkdtempSync(join(tmpdir(), "store-error-"));
  const file = join(folder, "s.db");
  const writable = new DatabaseSync(file);
  writable.exec("CREATE TABLE t (x)");
  writable.close();
  const database = new DatabaseSync(file, { readOnly: true });
  const error = sqliteError(() => database.exec("INSERT INTO t VALUES (1)"));
  expect(storeError(error, file).code).toBe("store/read-only");
  database.close();
  rmSync(folder, { recursive: true });
});

test.each([
  [5, "store/locked"],
  [5 | (2 << 8), "store/locked"],
  [6, "store/locked"],
  [8 | (4 << 8), "store/read-only"],
  [11 | (1 << 8), "store/corrupt"],
  [13, "store/disk-full"],
  [14, "store/unavailable"],
  [26, "store/corrupt"],
  [10 | (3 << 8), "store/unavailable"],
])("SQLite result %i is %s", (errcode, code) => {
  expect(storeError({ errcode, code: "ERR_SQLITE_ERROR", message: "m" }, "f").code).toBe(code);
});

test.each([
  ["EACCES", "store/read-only"],
  ["EROFS", "store/read-only"],
  ["ENOSPC", "store/disk-full"],
  ["ENOTDIR", "store/unavailable"],
])("file error %s is %s", (code, expected) => {
  expect(storeError(Object.assign(new Error("m"), { code }), "f").code).toBe(expected);
});

test("keeps the reason and the cause, and leaves a coded error alone", () => {
  const cause = new Error("why");
  const error = storeError(cause, "f");
  expect(error).toMatchObject({ code: "store/unavailable", data: { file: "f", reason: "why" }, cause });
  const coded = new CodedError("store/foreign-file", { file: "f" });
  expect(storeError(coded, "g")).toBe(coded);
  expect(storeError("just text", "f").data.reason).toBe("just text");
});
