import { fork } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CodedError } from "../../../src/core/problem.ts";
import type { StoredScore } from "../../../src/engine/scoreStore.ts";
import { openScoreDatabase } from "../../../src/store/scoreDatabase.ts";

let folder = "";
let file = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "score-database-"));
  file = join(folder, "scores.db");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function score(key: string, scoredAtMs = 1, nTokens = 3): StoredScore {
  return {
    key,
    scoredAtMs,
    logProbs: {
      open: new Float32Array(nTokens).fill(-0.1),
      closed: new Float32Array(nTokens).fill(-7.3),
      answerOnly: null,
      endOfTurn: { open: -0.25, closed: -0.5 },
    },
  };
}

/** What a store action fails with. */
function failure(act: () => unknown): CodedError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(CodedError);
    return error as CodedError;
  }
  throw new Error("it did not fail");
}

/** Raw SQL on the file, as another program would write it. */
function sql(statements: string): void {
  const database = new DatabaseSync(file);
  database.exec(statements);
  database.close();
}

test("gives back what was written, bit for bit, also after reopening", () => {
  const written = score("a", 1_700_000_000_000);
  const store = openScoreDatabase(file);
  store.write([written]);
  expect(store.read(["a"])).toEqual([written]);
  store.close();
  const reopened = openScoreDatabase(file);
  expect(reopened.read(["a"])).toEqual([written]);
  reopened.close();
});

test("NaN, infinities, null and empty targets survive", () => {
  const odd: StoredScore = {
    key: "odd",
    scoredAtMs: 2,
    logProbs: {
      open: Float32Array.of(Number.NaN, Number.NEGATIVE_INFINITY, -0),
      closed: null,
      answerOnly: new Float32Array(),
      endOfTurn: { open: Number.NaN, closed: Number.NEGATIVE_INFINITY },
    },
  };
  const store = openScoreDatabase(file);
  store.write([odd]);
  const [read] = store.read(["odd"]);
  expect(read).toEqual(odd);
  expect(Object.is(read?.logProbs.open[2], -0)).toBe(true);
  store.close();
});

test("any float32 survives, also out of a view into a larger buffer", () => {
  const store = openScoreDatabase(file);
  fc.assert(
    fc.property(fc.float32Array({ maxLength: 20 }), (values) => {
      const view = Float32Array.of(9, ...values, 9).subarray(1, values.length + 1);
      const written = { ...score("view"), logProbs: { ...score("view").logProbs, open: view } };
      store.write([written]);
      expect(store.read(["view"])[0]?.logProbs.open).toEqual(Float32Array.from(values));
    }),
  );
  store.close();
});

test("reads only what is asked for and there, and a later score replaces an earlier one", () => {
  const store = openScoreDatabase(file);
  store.write([score("a"), score("b"), score("c")]);
  store.write([score("b", 5)]);
  expect(store.read([])).toEqual([]);
  expect(store.read(["missing"])).toEqual([]);
  expect(store.read(["b", "missing", "a"]).map(({ key, scoredAtMs }) => [key, scoredAtMs])).toEqual(
    expect.arrayContaining([
      ["a", 1],
      ["b", 5],
    ]),
  );
  expect(store.read(["b", "a"])).toHaveLength(2);
  store.close();
});

test("reads fifty thousand keys in one call", () => {
  const keys = Array.from({ length: 50_000 }, (_, idx) => `key ${idx} "quoted" ${"x".repeat(40)}`);
  const store = openScoreDatabase(file);
  store.write(keys.map((key) => score(key)));
  expect(store.read(keys)).toHaveLength(50_000);
  store.close();
});

test("makes the folder of its file", () => {
  const deep = join(folder, "not", "yet", "there", "scores.db");
  openScoreDatabase(deep).close();
  expect(existsSync(deep)).toBe(true);
});

test("a failed write leaves nothing of its transaction", () => {
  const store = openScoreDatabase(file);
  const broken = { ...score("second"), scoredAtMs: Number.NaN };
  expect(failure(() => store.write([score("first"), broken])).code).toBe("store/unavailable");
  expect(store.read(["first", "second"])).toEqual([]);
  store.write([score("first")]);
  expect(store.read(["first"])).toHaveLength(1);
  store.close();
});

test("two handles see each other's scores", () => {
  const editor = openScoreDatabase(file);
  const terminal = openScoreDatabase(file);
  editor.write([score("from the editor")]);
  terminal.write([score("from the terminal")]);
  const keys = ["from the editor", "from the terminal"];
  expect(editor.read(keys)).toHaveLength(2);
  expect(terminal.read(keys)).toHaveLength(2);
  editor.close();
  expect(terminal.read(keys)).toHaveLength(2);
  terminal.close();
});

test("while another process writes, scores can be read; a write that waits too long says the store is locked", () => {
  const store = openScoreDatabase(file, { busyTimeoutMs: 50 });
  store.write([score("a")]);
  const other = new DatabaseSync(file);
  other.exec("BEGIN IMMEDIATE");
  expect(store.read(["a"])).toHaveLength(1);
  const error = failure(() => store.write([score("b")]));
  expect(error.code).toBe("store/locked");
  expect(error.data.file).toBe(file);
  other.exec("COMMIT");
  store.write([score("b")]);
  expect(store.read(["b"])).toHaveLength(1);
  other.close();
  store.close();
});

test("opening waits for a lock and then says so", () => {
  const other = new DatabaseSync(file);
  other.exec("BEGIN EXCLUSIVE; CREATE TABLE t (x)");
  expect(failure(() => openScoreDatabase(file, { busyTimeoutMs: 50 })).code).toBe("store/locked");
  other.close();
});

test("a file that is no database is left as it is", () => {
  const text = "this is not a database ".repeat(100);
  writeFileSync(file, text);
  expect(failure(() => openScoreDatabase(file)).code).toBe("store/corrupt");
  expect(readFileSync(file, "utf8")).toBe(text);
});

test("broken pages are corruption, when they are met", () => {
  const store = openScoreDatabase(file);
  store.write(Array.from({ length: 500 }, (_, idx) => score(`key ${idx}`)));
  store.close();
  const bytes = readFileSync(file);
  bytes.fill(0xaa, 4096);
  writeFileSync(file, bytes);
  expect(failure(() => openScoreDatabase(file).read(["key 7"])).code).toBe("store/corrupt");
});

test("a record of a wrong length is not given out", () => {
  const store = openScoreDatabase(file);
  store.write([score("whole"), score("open"), score("closed"), score("answer")]);
  sql(`UPDATE score SET open = x'000000' WHERE key = 'open';
       UPDATE score SET closed = x'0000000000' WHERE key = 'closed';
       UPDATE score SET answer_only = x'00' WHERE key = 'answer';`);
  expect(store.read(["whole", "open", "closed", "answer"]).map(({ key }) => key)).toEqual(["whole"]);
  store.close();
});

test("a folder in place of the file, or a file in place of the folder, is unavailable", () => {
  mkdirSync(file);
  expect(failure(() => openScoreDatabase(file))).toMatchObject({ code: "store/unavailable", data: { file } });
  const plain = join(folder, "plain");
  writeFileSync(plain, "");
  expect(failure(() => openScoreDatabase(join(plain, "scores.db"))).code).toBe("store/unavailable");
});

test.skipIf(process.platform === "win32")("a folder or file that may not be written is read-only", () => {
  const existing = join(folder, "existing.db");
  openScoreDatabase(existing).close();
  chmodSync(existing, 0o444);
  chmodSync(folder, 0o555);
  // Permissions do not bind the superuser, so the check is made as somebody else.
  const isSuperuser = process.geteuid?.() === 0;
  if (isSuperuser) process.seteuid?.(65534);
  try {
    expect(failure(() => openScoreDatabase(file))).toMatchObject({ code: "store/read-only", data: { file } });
    expect(failure(() => openScoreDatabase(join(folder, "deeper", "scores.db"))).code).toBe("store/read-only");
    expect(failure(() => openScoreDatabase(existing)).code).toBe("store/read-only");
  } finally {
    if (isSuperuser) process.seteuid?.(0);
    chmodSync(folder, 0o755);
  }
});

test("a file of a newer version is not used and not touched", () => {
  const store = openScoreDatabase(file);
  store.write([score("a")]);
  store.close();
  sql("PRAGMA user_version = 99");
  const before = readFileSync(file);
  expect(failure(() => openScoreDatabase(file))).toMatchObject({
    code: "store/unavailable",
    data: { file, schemaVersion: 99, knownSchemaVersion: 1 },
  });
  expect(readFileSync(file)).toEqual(before);
});

test("another program's database is not written to", () => {
  sql("CREATE TABLE bookmark (url TEXT); INSERT INTO bookmark VALUES ('a')");
  expect(failure(() => openScoreDatabase(file)).code).toBe("store/foreign-file");
  const database = new DatabaseSync(file);
  expect(database.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "bookmark" }]);
  database.close();
});

test("above its size the oldest scores go, and the file stops growing", () => {
  const maxSizeBytes = 256 * 1024;
  const store = openScoreDatabase(file, { maxSizeBytes });
  const keys = Array.from({ length: 1000 }, (_, idx) => `key ${idx}`);
  for (const [idx, key] of keys.entries()) store.write([score(key, idx, 100)]);
  const kept = store
    .read(keys)
    .map(({ scoredAtMs }) => scoredAtMs)
    .sort((a, b) => a - b);
  expect(kept.length).toBeGreaterThan(100);
  expect(kept.length).toBeLessThan(400);
  // What is left are the newest, without a gap.
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, idx) => 1000 - kept.length + idx));
  store.close();
  expect(readFileSync(file).length).toBeLessThan(1.1 * maxSizeBytes);
});

test("one write larger than the whole store keeps the newest of it", () => {
  const store = openScoreDatabase(file, { maxSizeBytes: 64 * 1024 });
  const keys = Array.from({ length: 500 }, (_, idx) => `key ${idx}`);
  store.write(keys.map((key, idx) => score(key, idx, 100)));
  expect(store.read(["key 499"])).toHaveLength(1);
  expect(store.read(["key 0"])).toHaveLength(0);
  store.close();
});

test("a closed store says so in a code", () => {
  const store = openScoreDatabase(file);
  store.close();
  expect(failure(() => store.read(["a"])).code).toBe("store/unavailable");
});

/** Runs the writer program until it is killed; resolves with the number of transactions it reported. */
function killedWriter(nTransactions: number): Promise<number> {
  const program = new URL("./endlessWriter.ts", import.meta.url);
  const child = fork(program, [file], { execArgv: ["--disable-warning=ExperimentalWarning"] });
  return new Promise((resolve, reject) => {
    let nReported = 0;
    child.on("message", () => {
      if (++nReported === nTransactions) child.kill("SIGKILL");
    });
    child.on("error", reject);
    child.on("exit", (code, signal) =>
      signal === "SIGKILL" ? resolve(nReported) : reject(new Error(`the writer ended with ${code}`)),
    );
  });
}

test("a process killed while it writes leaves whole transactions only", async () => {
  const nReported = await killedWriter(20);
  const store = openScoreDatabase(file);
  const keys = (transactionIdx: number) => Array.from({ length: 50 }, (_, idx) => `${transactionIdx} ${idx}`);
  const nPerTransaction = Array.from({ length: nReported + 5 }, (_, idx) => store.read(keys(idx)).length);
  expect(nPerTransaction.slice(0, 20)).toEqual(new Array(20).fill(50));
  expect(nPerTransaction.slice(20).filter((nScores) => nScores !== 0 && nScores !== 50)).toEqual([]);
  store.write([score("afterwards")]);
  expect(store.read(["afterwards"])).toHaveLength(1);
  store.close();
});

test("processes that open a new file and write at the same time lose nothing", async () => {
  const program = new URL("./shortWriter.ts", import.meta.url);
  const exits = ["one", "two", "three"].map(
    (name) =>
      new Promise((resolve) => {
        fork(program, [file, name], { execArgv: ["--disable-warning=ExperimentalWarning"] }).on("exit", resolve);
      }),
  );
  expect(await Promise.all(exits)).toEqual([0, 0, 0]);
  const store = openScoreDatabase(file);
  const keys = ["one", "two", "three"].flatMap((name) => Array.from({ length: 100 }, (_, idx) => `${name} ${idx}`));
  expect(store.read(keys)).toHaveLength(300);
  store.close();
});
