import { linkSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEPENDENCY_THRESHOLD } from "../../../src/core/contextDependency.ts";
import { readRows } from "../../../src/dataset/datasetRows.ts";
import { dependencyScores } from "../../../src/engine/dependencyScores.ts";
import { LetterModel } from "../../fixture/letterModel.ts";
import { folderOf, runProgram } from "./testEnvironment.ts";

const chat = (...contents: string[]) => ({
  messages: contents.map((content, i) => ({ role: i % 2 ? "assistant" : "user", content })),
});
const text = [
  JSON.stringify(chat("a long question about the passage", "No")),
  "{broken",
  JSON.stringify({
    messages: [
      { role: "system", content: "be brief" },
      ...chat("a", "a long answer", "and why is that so?", "So").messages,
    ],
  }),
  ` {"prompt": "wie hei\u00dft\\n er?",  "completion":"Bo" }\r`,
  JSON.stringify({ instruction: "who", input: "the passage says Bo", output: "Bo" }),
  JSON.stringify(chat("x".repeat(250), "too long")),
].join("\n");
const signal = new AbortController().signal;

function input(): { folder: string; file: string } {
  const folder = folderOf({ "rows.jsonl": text });
  return { folder, file: join(folder, "rows.jsonl") };
}

const audit = (args: readonly string[], changes = {}) => runProgram(["audit", ...args, "--no-cache"], changes);
const lines = (out: string) =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

/** The scores by the engine, `line/turn` to score. */
async function scoresOf(layerIdx: number | null): Promise<Map<string, number>> {
  const rows = [...readRows(text)].flatMap((record) => record.rows);
  const layers = layerIdx === null ? null : [layerIdx];
  const turns = await dependencyScores(
    rows.map(({ row }) => row),
    new LetterModel(),
    { layers, signal },
  );
  return new Map(
    turns.flatMap(({ rowIdx, layers: [layer] }) => {
      const row = rows[rowIdx];
      return row && layer ? [[`${row.line}/${row.turnIdx + 1}`, layer.score] as const] : [];
    }),
  );
}

describe("audit --dependency", () => {
  it.each([
    [[], null],
    [["1"], 1],
  ])("gives every turn its score, without a context too (layer %j)", async (layer, layerIdx) => {
    const { file } = input();
    const { out, status } = await audit([file, "--dependency", ...layer, "--format", "jsonl"]);
    expect(status).toBe(0);
    const expected = await scoresOf(layerIdx);
    const rows = lines(out);
    expect(rows.map(({ row, turn }) => `${row}/${turn}`)).toEqual(["1/1", "2/1", "3/1", "3/2", "4/1", "5/1", "6/1"]);
    for (const { row, turn, dependency } of rows) expect(dependency).toBe(expected.get(`${row}/${turn}`) ?? null);
    expect(expected.size).toBe(5);
    expect(rows.at(-1).problems.map(({ code }: { code: string }) => code)).toEqual(["row/too-long"]);
  });

  it("has no such field where it was not asked for, and runs no attention", async () => {
    const { out, model } = await audit([input().file, "--format", "jsonl"]);
    expect(lines(out)[0]).not.toHaveProperty("dependency");
    expect(model.attentionRequests).toEqual([]);
  });

  it("says in JSON, table and page how many turns are above the threshold", async () => {
    const { file } = input();
    const scores = [...(await scoresOf(null)).values()];
    const threshold = 0.8;
    const nAbove = scores.filter((score) => score > threshold).length;
    expect(nAbove).toBeGreaterThan(0);
    expect(nAbove).toBeLessThan(scores.length);
    const asked = [file, "--dependency", "--threshold", String(threshold)];
    const json = JSON.parse((await audit([...asked, "--format", "json"])).out);
    expect(json.files[0].dependency).toMatchObject({ threshold, nTurns: 5, nAbove });
    expect(json.files[0].dependency.quartiles).toHaveLength(5);
    expect(json.formulas).toContainEqual({ name: "context-dependency score", version: 1 });
    const table = (await audit(asked)).out;
    expect(table).toContain(`${nAbove} of 5 turns above context-dependency ${threshold} at layer`);
    expect(table).toMatch(/gain +dep\. /);
    const page = (await audit([...asked, "--format", "html"])).out;
    expect(page).toContain(`${nAbove} of 5 turns score above ${threshold} at layer`);
    expect(page.match(/data-name="dependency"/g)).toHaveLength(7);
    expect((await audit([file])).out).not.toContain("dep.");
    expect((await audit([file, "--format", "html"])).out).not.toContain("dependency");
  });

  it("counts the rows of one run once in its progress", async () => {
    const many = Array.from({ length: 40 }, (_, i) => `${JSON.stringify(chat(`ask ${i}`, "yes"))}\n`).join("");
    const file = join(folderOf({ "many.jsonl": many }), "many.jsonl");
    const { err } = await audit([file, "--dependency"], { showsProgress: true });
    const counts = [...err.matchAll(/: (\d+) rows/g)].map((match) => Number(match[1]));
    expect(Math.max(...counts)).toBeLessThanOrEqual(40);
  });

  it("stops at an interrupt between two turns and keeps what was measured", async () => {
    const interrupt = new AbortController();
    const model = new LetterModel();
    const reduced = model.reducedAttention.bind(model);
    model.reducedAttention = (request) => {
      if (model.attentionRequests.length === 1) interrupt.abort();
      return reduced(request);
    };
    const { folder, file } = input();
    const path = join(folder, "marked.jsonl");
    const run = await audit([file, "--indicate", path, "--format", "jsonl"], {
      signal: interrupt.signal,
      openModel: async () => model,
    });
    expect(run.status).toBe(130);
    expect(model.attentionRequests).toHaveLength(2);
    expect(lines(run.out).filter(({ dependency }) => dependency !== null)).toHaveLength(2);
    expect(run.err).toContain(`${path}: not written, because not every turn was scored`);
    expect(readdirSync(folder)).toEqual(["rows.jsonl"]);
  });
});

describe("audit --indicate", () => {
  it.each([
    [undefined, ["1/1", "4/1", "5/1"]],
    [0.1, ["1/1", "3/2", "4/1", "5/1"]],
    [0.88, ["1/1", "5/1"]],
    [0, ["1/1", "3/1", "3/2", "4/1", "5/1"]],
    [1, []],
  ])("marks exactly the user turns whose answer scores above %s", async (threshold, above) => {
    const { folder, file } = input();
    const path = join(folder, "marked.jsonl");
    const { status, err } = await audit([
      file,
      "--indicate",
      path,
      ...(threshold === undefined ? [] : ["--threshold", String(threshold)]),
    ]);
    expect(status).toBe(0);
    const scores = [...(await scoresOf(null))];
    const asked = threshold ?? DEPENDENCY_THRESHOLD;
    expect(above).toEqual(scores.filter(([, score]) => score > asked).map(([name]) => name));
    const marks: readonly (readonly [string, string, string])[] = [
      ["1/1", "about the passage", "about the passage [IND]"],
      ["3/1", '"content":"a"', '"content":"a [IND]"'],
      ["3/2", "that so?", "that so? [IND]"],
      ["4/1", "\\n er?", "\\n er? [IND]"],
      ["5/1", '"who"', '"who [IND]"'],
    ];
    let expected = text;
    for (const [name, from, to] of marks) if (to !== "" && above.includes(name)) expected = expected.replace(from, to);
    expect(readFileSync(path, "utf8")).toBe(expected);
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(err).toContain(`${path}: [IND] stands behind ${above.length} user turn`);
    expect(readdirSync(folder).sort()).toEqual(["marked.jsonl", "rows.jsonl"]);
  });

  it("does not mark a turn that scores the threshold itself", async () => {
    const { folder, file } = input();
    const path = join(folder, "marked.jsonl");
    const score = (await scoresOf(null)).get("5/1") as number;
    await audit([file, "--indicate", path, "--threshold", String(score)]);
    expect(readFileSync(path, "utf8")).toBe(text.replace("the passage", "the passage [IND]"));
  });

  it("keeps a byte order mark, broken UTF-8 and an array's layout", async () => {
    const array = `[\n  ${JSON.stringify(chat("question", "No"))} ,\n\n  ${JSON.stringify(chat("\u00e9\u6771 frage", "Bo"))}\n]\n`;
    const bytes = Buffer.concat([
      Buffer.from([0xef, 0xbb, 0xbf]),
      Buffer.from(array.replace("question", "questi\u00ffn"), "latin1"),
    ]);
    const folder = folderOf({});
    const [file, path] = [join(folder, "rows.json"), join(folder, "marked.json")];
    writeFileSync(file, bytes);
    const { status, err } = await audit([file, "--indicate", path, "--threshold", "0"]);
    expect([status, err]).toEqual([0, expect.stringContaining("[IND] stands behind 2 user turns")]);
    const expected = bytes.toString("latin1").replace('\u00ffn"', '\u00ffn [IND]"').replace('frage"', 'frage [IND]"');
    expect(readFileSync(path).toString("latin1")).toBe(expected);
  });

  it("marks nothing twice: its own output comes out as it went in", async () => {
    const { folder, file } = input();
    const [once, twice] = [join(folder, "once.jsonl"), join(folder, "twice.jsonl")];
    await audit([file, "--indicate", once, "--threshold", "0"]);
    await audit([once, "--indicate", twice, "--threshold", "0"]);
    expect(readFileSync(twice, "utf8")).toBe(readFileSync(once, "utf8"));
    expect(readFileSync(once, "utf8").match(/\[IND\]/g)).toHaveLength(5);
  });

  it.each(["--indicate", "--out"])("never writes a file it reads, by whatever name: %s", async (option) => {
    const { folder, file } = input();
    const [hard, soft] = [join(folder, "hard.jsonl"), join(folder, "soft.jsonl")];
    linkSync(file, hard);
    symlinkSync(file, soft);
    for (const path of [file, join(folder, ".", "rows.jsonl"), hard, soft]) {
      const { status, out, err, model } = await audit([file, option, path]);
      expect([status, out]).toEqual([2, ""]);
      expect(err).toMatch(/^error cli\/writes-input: .*never written. Choose another path with --(indicate|out)\.\n$/);
      expect(err).toContain(`with ${option}.`);
      expect(model.batches).toHaveLength(0);
    }
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  it("writes through a link that leads elsewhere", async () => {
    const { folder, file } = input();
    const [real, link] = [join(folder, "real.jsonl"), join(folder, "link.jsonl")];
    writeFileSync(real, "old");
    symlinkSync(real, link);
    await audit([file, "--indicate", link, "--threshold", "1"]);
    expect(readFileSync(real, "utf8")).toBe(text);
    expect(readdirSync(folder).sort()).toEqual(["link.jsonl", "real.jsonl", "rows.jsonl"]);
  });

  it("writes nothing when the dataset was changed under its hands", async () => {
    const { folder, file } = input();
    const path = join(folder, "marked.jsonl");
    const model = new LetterModel();
    model.onBatch = () => writeFileSync(file, `${text}\n\n`);
    const { status, err } = await audit([file, "--indicate", path], { openModel: async () => model });
    expect(status).toBe(2);
    expect(err).toMatch(/error cli\/input-changed: /);
    expect(readdirSync(folder)).toEqual(["rows.jsonl"]);
  });

  it.each([
    [["--threshold", "0.5"], /cli\/usage: .*add one of them/],
    [["--dependency", "--threshold", "1.5"], /cli\/usage: .*from 0 to 1/],
    [["--dependency", "--threshold", ""], /cli\/usage: .*from 0 to 1/],
    [["--dependency", "x"], /cli\/usage: .*whole number/],
    [["--dependency", "99"], /model\/unsupported-graph: .*no layer 99/],
    [["--indicate", "/no/such/folder/x.jsonl"], /cli\/not-written: .*--indicate/],
    [["--indicate", "/tmp/x.jsonl", "--out", "/tmp/x.jsonl"], /cli\/usage: .*same file/],
  ])("answers %j with status 2 before anything is scored", async (args, expected) => {
    const { status, out, err, model } = await audit([input().file, ...args]);
    expect([status, out]).toEqual([2, ""]);
    expect(err).toMatch(expected);
    expect(model.batches).toHaveLength(0);
  });

  it("writes one dataset at a time", async () => {
    const [one, other] = [input().file, input().file];
    const { status, err } = await audit([one, other, "--indicate", `${one}.marked`]);
    expect([status, err]).toEqual([2, expect.stringMatching(/cli\/usage: .*name one file/)]);
  });
});
