import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LetterModel } from "../../fixture/letterModel.ts";
import { alpacaLine, folderOf, runProgram } from "./testEnvironment.ts";

const rows = Array.from({ length: 8 }, (_, i) =>
  alpacaLine("ask", "context ".repeat(i + 1), "a".repeat(2 * i + 1)),
).join("");
const inFolder = folderOf({ "rows.jsonl": rows });
const file = join(inFolder, "rows.jsonl");

describe("the command line", () => {
  it.each([
    [["--help"], /Usage: context-reliance/],
    [["audit", "--help"], /--quantile <q>[\s\S]*Ctrl\+C/],
    [["inspect", "--help"], /--row <line>/],
    [["--version"], /^1\.2\.3\n$/],
  ])("answers %j on stdout with status 0", async (args, expected) => {
    const { status, out, err } = await runProgram(args);
    expect([status, err]).toEqual([0, ""]);
    expect(out).toMatch(expected);
  });

  it.each([
    [["audit"], /^error cli\/usage: .*missing required argument 'file'/],
    [["audit", file, "--quantile", "0"], /^error cli\/usage: .*above 0 and at most 1/],
    [["audit", file, "--quantile", "1.5"], /^error cli\/usage: .*above 0 and at most 1/],
    [["audit", file, "--format", "xml"], /^error cli\/usage: .*Allowed choices are table, jsonl, json, html/],
    [["audit", file, "--shape", "sonnet"], /^error cli\/usage: .*Allowed choices are conflict/],
    [["audit", file, "--bogus"], /^error cli\/usage: unknown option '--bogus'/],
    [["frobnicate"], /^error cli\/usage: unknown command 'frobnicate'/],
    [["audit", "/no/such.jsonl"], /^error cli\/file-missing: The file \/no\/such\.jsonl does not exist/],
    [["audit", inFolder], /^error cli\/file-unreadable: /],
    [["audit", file, "--out", "/no/such/folder/out.txt"], /^error cli\/not-written: /],
    [["audit", file, "--out", inFolder], /^error cli\/not-written: .*EISDIR/],
    [["inspect", "--input", file, "--row", "99"], /^error cli\/usage: .*no row on line 99/],
    [["inspect", "--input", file, "--row", "x"], /^error cli\/usage: .*whole number/],
    [["model", "/no/model"], /^error model\/folder-missing: .*\/no\/model/],
  ])("answers %j with status 2 and one line on stderr", async (args, expected) => {
    const { status, out, err, model } = await runProgram(args);
    expect([status, out]).toEqual([2, ""]);
    expect(err).toMatch(expected);
    expect(err.split("\n")).toHaveLength(2);
    expect(model.batches).toHaveLength(0);
  });

  it("shows how to begin when called with nothing", async () => {
    const { status, err } = await runProgram([]);
    expect(status).toBe(2);
    expect(err).toContain("Examples:");
  });
});

describe("audit", () => {
  const jsonl = async (args: readonly string[], changes = {}) => {
    const run = await runProgram(["audit", ...args, "--format", "jsonl", "--no-cache"], changes);
    const rowsOut = run.out.trim().split("\n").filter(Boolean);
    return { ...run, rows: rowsOut.map((line) => JSON.parse(line)) };
  };

  it("flags by the quantile that was asked for", async () => {
    for (const [quantile, nFlagged] of [
      [0.25, 2],
      [0.5, 4],
      [1, 8],
    ] as const) {
      const { rows: found, status } = await jsonl([file, "--quantile", String(quantile)]);
      expect([status, found.filter(({ flagged }) => flagged).length]).toEqual([0, nFlagged]);
    }
  });

  it("gives every file a cut of its own", async () => {
    const folder = folderOf({ "a.jsonl": rows, "b.jsonl": alpacaLine("ask", "context", "z".repeat(60)) });
    const { rows: found } = await jsonl([join(folder, "a.jsonl"), join(folder, "b.jsonl")]);
    expect(found.filter(({ flagged }) => flagged).map(({ file: name }) => name.slice(-7))).toEqual([
      "a.jsonl",
      "a.jsonl",
      "b.jsonl",
    ]);
  });

  it("reports what cannot be scored and scores the rest", async () => {
    const lines = [
      alpacaLine("a", "c", "yes"),
      "{broken\n",
      alpacaLine("a", "c", ""),
      alpacaLine("a", "c", "y".repeat(300)),
      '{"x":1}\n',
    ];
    const mixed = join(folderOf({ "mixed.jsonl": lines.join("") }), "mixed.jsonl");
    const { rows: found, status, err } = await jsonl([mixed]);
    expect(status).toBe(0);
    expect(found.map(({ row, verdict }) => [row, verdict !== null])).toEqual([
      [1, true],
      [2, false],
      [3, false],
      [4, false],
      [5, false],
    ]);
    for (const { problems } of found.slice(1)) expect(problems).toHaveLength(1);
    expect(found[3].problems[0].code).toBe("row/too-long");
    expect(err).toBe(`${mixed}: 4 rows with problems, 4 of them not scored\n`);
  });

  it("scores more rows than one window, each once", async () => {
    const many = Array.from({ length: 1300 }, (_, i) => alpacaLine(`ask ${i}`, "context", "answer")).join("");
    const { rows: found, model } = await jsonl([join(folderOf({ "many.jsonl": many }), "many.jsonl")]);
    expect(found.map(({ row }) => row)).toEqual(Array.from({ length: 1300 }, (_, i) => i + 1));
    expect(found.every(({ verdict }) => verdict !== null)).toBe(true);
    expect(model.batches.flat()).toHaveLength(2600);
  });

  it("measures IFD when asked to", async () => {
    expect((await jsonl([file])).rows[0]).not.toHaveProperty("ifdCherry");
    const { rows: found } = await jsonl([file, "--ifd"]);
    for (const row of found) expect([typeof row.ifdCherry, typeof row.ifdSuperfiltering]).toEqual(["number", "number"]);
  });

  it("stops at an interrupt, writes what was scored and says so with status 130", async () => {
    const many = Array.from({ length: 600 }, (_, i) => alpacaLine(`ask ${i}`, "context", "answer")).join("");
    const path = join(folderOf({ "many.jsonl": many }), "many.jsonl");
    const interrupt = new AbortController();
    const model = new LetterModel();
    model.onBatch = () => {
      if (model.batches.length === 20) interrupt.abort();
    };
    const {
      rows: found,
      status,
      err,
    } = await jsonl([path], { signal: interrupt.signal, openModel: async () => model });
    expect(status).toBe(130);
    expect(model.batches).toHaveLength(20);
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThan(600);
    expect(found.every(({ verdict }) => verdict !== null)).toBe(true);
    expect(err).toBe(`${path}: stopped; ${found.length} rows written\n`);
  });

  it("goes on without a cache that cannot be opened, and says so once", async () => {
    const { status, err, out } = await runProgram(["audit", file]);
    expect(status).toBe(0);
    expect(err).toMatch(/^warning store\/read-only: .*\/cache\/scores\.db.*\n$/);
    expect(out).toContain("2 of 8 rows are easy without their context");
  });

  it("writes to the file that was named, and then nothing on stdout", async () => {
    const path = join(folderOf({}), "report.html");
    const { out, status } = await runProgram(["audit", file, "--no-cache", "--format", "html", "--out", path]);
    expect([status, out]).toEqual([0, ""]);
    const page = readFileSync(path, "utf8");
    expect(page).toContain("2 of 8 rows are easy without their context.");
    expect(page).toContain("Rows up close");
  });

  it("makes no output file when the model cannot be opened", async () => {
    const path = join(folderOf({}), "out.jsonl");
    await runProgram(["audit", file, "--no-cache", "--out", path], {
      openModel: async () => Promise.reject(new Error("no")),
    });
    expect(existsSync(path)).toBe(false);
  });
});

describe("inspect", () => {
  it("gives every token with role, span and, for the target, both log-probabilities", async () => {
    const { out, status } = await runProgram(["inspect", "--input", file, "--row", "2", "--format", "json"]);
    expect(status).toBe(0);
    const { row, shape, target, open, closed } = JSON.parse(out);
    expect([row, shape, target.tokenTexts.join("")]).toEqual([2, "alpaca", "aaa"]);
    expect(open.tokens.map(({ text }: { text: string }) => text).join("")).toBe(open.text);
    expect(open.tokens.length).toBeGreaterThan(closed.tokens.length);
    for (const [t, openLogProb] of target.openLogProbs.entries()) {
      expect(target.contextGains[t]).toBeCloseTo(openLogProb - target.closedLogProbs[t]);
      const token = open.tokens[open.target.start + t];
      expect(token).toMatchObject({ role: "target", logProb: openLogProb, id: target.tokenIds[t] });
      expect(open.text.slice(...token.span)).toBe("a");
    }
    expect(open.tokens[0].logProb).toBeNull();
  });

  it("reads a record that is spread over lines", async () => {
    const record = JSON.stringify({ instruction: "ask", input: "context", output: "yes" }, null, 2);
    const { out } = await runProgram(["inspect", "--input", join(folderOf({ "row.json": record }), "row.json")]);
    expect(JSON.parse(out).target.tokenTexts).toEqual(["y", "e", "s"]);
  });

  it("picks the turn that was asked for", async () => {
    const messages = ["one", "first", "two", "second"].map((content, i) => ({
      role: i % 2 ? "assistant" : "user",
      content,
    }));
    const path = join(folderOf({ "chat.jsonl": `${JSON.stringify({ messages })}\n` }), "chat.jsonl");
    const { out } = await runProgram(["inspect", "--input", path, "--turn", "2"]);
    expect(JSON.parse(out)).toMatchObject({ turn: 2, closed: null });
    expect(JSON.parse(out).target.tokenTexts.join("")).toBe("second");
  });

  it("prints a table for people", async () => {
    const { out } = await runProgram(["inspect", "--input", file, "--row", "2", "--format", "table"]);
    expect(out.trim().split("\n")).toHaveLength(5);
    expect(out).toMatch(/token +id +open +closed +gain/);
  });

  it("says what is wrong with the row it was asked for", async () => {
    const path = join(folderOf({ "bad.jsonl": "{broken\n" }), "bad.jsonl");
    const { status, err } = await runProgram(["inspect", "--input", path]);
    expect(status).toBe(2);
    expect(err).toMatch(/^error dataset\//);
  });
});
