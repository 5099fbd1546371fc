import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CodedError } from "../../../src/core/problem.ts";
import { LetterModel } from "../../fixture/letterModel.ts";
import { folderOf, runProgram } from "./testEnvironment.ts";

/** The letter model says its prompt again: it follows every context, and remembers what a question holds. */
const lines = [
  { context: "It is Al.", question: "Who? Not Bo", answer: "Al", memory_answer: "Bo", topic: "people" },
  { context: "It is Cy.", question: "And who?", answer: ["Cy", "Cyrus"], parametric_answer: "Di", topic: "people" },
  { context: "It is Ed.", question: "Who then?", answer: "Ed", topic: "others" },
  { question: "Is it Fay?", answer: "Fay" },
  { context: "x".repeat(250), question: "Too long?", answer: "Gus", memory_answer: "Hal" },
];
const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
const folder = folderOf({
  "asked.jsonl": text,
  "asked.json": JSON.stringify(lines),
  "mixed.jsonl": `{"question": 5}\n{broken\n${text}{"question":"Who?","answer":{}}\n`,
  "nothing.jsonl": '{"instruction":"a","output":"b"}\n',
});
const file = join(folder, "asked.jsonl");

const json = async (args: readonly string[], changes = {}) => {
  const run = await runProgram(["conflict", ...args, "--json"], changes);
  return { ...run, document: run.out === "" ? null : JSON.parse(run.out) };
};

describe("conflict --json", () => {
  it("is one document: what it was made with, the questions, and the models", async () => {
    const { status, document, err } = await json([file]);
    expect([status, err]).toEqual([0, ""]);
    expect(Object.keys(document)).toEqual([
      ...["schema", "program", "finishedAt", "formulas", "file", "isComplete", "options", "nUnreadable", "problems"],
      ...["items", "models", "inversion"],
    ]);
    expect(document).toMatchObject({
      schema: { name: "context-reliance/conflict", version: 1 },
      program: { name: "context-reliance", version: "1.2.3" },
      file,
      isComplete: true,
      options: {
        ...{ template: "own", wording: "bare", indicator: null, maxNewTokens: 50, attention: true },
        ...{ resamples: 2000, level: 0.95 },
      },
      inversion: null,
    });
    expect(document.formulas).toContainEqual({ name: "knowledge conflict", version: 1 });
    expect(document.items.map(({ row, kind }: { row: number; kind: string }) => [row, kind])).toEqual([
      ...[
        [1, "conflict"],
        [2, "conflict"],
        [3, "contextual"],
        [4, "recall"],
        [5, "conflict"],
      ],
    ]);
    expect(document.items[1]).toMatchObject({ contextualAnswers: ["Cy", "Cyrus"], parametricAnswers: ["Di"] });
    expect(document.items[4].flags).toEqual(["answer-not-in-context"]);
  });

  it("holds every number of every row, and what kept a row from having any", async () => {
    const [model] = (await json([file])).document.models;
    expect(model).toMatchObject({
      folder: "/bundled",
      model: { modelHash: "a".repeat(64), dtype: "float32" },
      template: { name: "own", hash: "b".repeat(64) },
      ...{ nItems: 5, nTooLong: 1, nNotAsked: 1, nCutOpen: 0, nCutClosed: 0 },
    });
    expect(model.rows.map(({ row }: { row: number }) => row)).toEqual([1, 2, 3, 4, 5]);
    const [first, , , recall, long] = model.rows;
    expect(first).toMatchObject({
      open: { output: "It is Al.\nWho? Not Bo>", sentence: "It is Al.", holds: "both", stop: "end-of-turn" },
      closed: { output: "Who? Not Bo>", holds: "parametric" },
      sentenceHolds: "contextual",
      isProbed: false,
      problems: [],
    });
    expect(first.open.contextualLogProb.sum).toBe(-(22 + 23));
    expect(first.contextPreference).toBeCloseTo(0.5, 12);
    expect(recall).toMatchObject({ open: null, closed: { holds: "parametric", contextualLogProb: null } });
    expect(long).toMatchObject({ open: null, closed: null, problems: [{ code: "row/too-long" }] });
  });

  it("sums up what the rows say", async () => {
    const { summary } = (await json([file])).document.models[0];
    expect(summary.conflict.all).toMatchObject({
      ...{ nItems: 3, nContextualOnly: 1, nBoth: 1, nParametricOnly: 0, nNeither: 0 },
      counterfactualAccuracy: { nItems: 2, nClusters: 2, mean: 1 },
      parametricAccuracy: { mean: 0.5 },
    });
    expect(summary.contextual.containingScore.mean).toBe(1);
    expect(summary.recall).toMatchObject({ withoutContext: { mean: 1 }, ofConflicts: { nItems: 2, mean: 0.5 } });
  });

  it("keeps together what the group key says", async () => {
    const { document } = await json([file, "--group", "topic"]);
    expect(document.items.map(({ group }: { group: string }) => group).slice(0, 3)).toEqual([
      "people",
      "people",
      "others",
    ]);
    expect(document.models[0].summary.conflict.all.counterfactualAccuracy.nClusters).toBe(1);
  });

  it("counts outputs that were cut", async () => {
    const [model] = (await json([file, "--max-new-tokens", "3"])).document.models;
    expect([model.nCutOpen, model.nCutClosed]).toEqual([3, 4]);
    expect(model.rows[0].open).toMatchObject({ output: "It ", stop: "length", nOutputTokens: 3 });
  });

  it("asks as it is told to", async () => {
    const openOf = async (...args: string[]) => {
      const [model] = (await json([file, ...args])).document.models;
      return [model.rows[0].open.output, model.template.name];
    };
    expect(await openOf("--indicator")).toEqual(["It is Al.\nWho? Not Bo [IND]>", "own"]);
    expect(await openOf("--indicator", "!!")).toEqual(["It is Al.\nWho? Not Bo !!>", "own"]);
    expect(await openOf("--template", "plain")).toEqual(["It is Al.\nQuestion: Who? Not Bo\nAnswer:\n", "plain"]);
    expect(await openOf("--template", "off")).toEqual(["It is Al.\nWho? Not Bo\n", "off"]);
    expect((await openOf("--wording", "passage", "--max-new-tokens", "90"))[0]).toContain(
      "according to the above passage: Who?",
    );
  });

  it("measures no attention where none is wanted", async () => {
    const model = new LetterModel();
    const { document } = await json([file, "--no-attention"], { openModel: async () => model });
    expect(model.attentionRequests).toHaveLength(0);
    expect(document.models[0].rows[0].contextMass).toBeNull();
  });

  it("reads a JSON array as it reads lines", async () => {
    const [a, b] = [await json([file]), await json([join(folder, "asked.json")])];
    expect(b.document.models[0].summary).toEqual(a.document.models[0].summary);
  });

  it("goes to the file that was named", async () => {
    const path = join(folder, "out.json");
    const { out, status } = await runProgram(["conflict", file, "--json", "--out", path]);
    expect([out, status]).toEqual(["", 0]);
    expect(JSON.parse(readFileSync(path, "utf8")).models).toHaveLength(1);
  });
});

describe("rows that ask nothing", () => {
  it("are named with their position, and the others are asked", async () => {
    const { status, err, document } = await json([join(folder, "mixed.jsonl")]);
    expect(status).toBe(0);
    expect(err).toMatch(/^error dataset\/no-question: Line 1, column 2: .*question.*\n/);
    expect(err).toMatch(/\nerror dataset\/invalid-json: Line 2, /);
    expect(err).toMatch(/\nerror dataset\/not-an-answer: Line 8, column 20: .*\n/);
    expect(err).toMatch(/mixed\.jsonl: 3 rows left out\n$/);
    expect(document.items.map(({ row }: { row: number }) => row)).toEqual([3, 4, 5, 6, 7]);
    expect(document.nUnreadable).toBe(3);
    expect(document.problems).toHaveLength(3);
  });

  it("end the run where there are no others", async () => {
    const { status, out, err } = await runProgram(["conflict", join(folder, "nothing.jsonl")]);
    expect([status, out]).toEqual([2, ""]);
    expect(err).toMatch(/\nerror cli\/nothing-to-ask: No row of .*nothing\.jsonl asks a question/);
  });
});

describe("several models", () => {
  const folders = (...names: string[]) => names.flatMap((name) => ["--model", name]);

  it("are asked in order, and with three or more the document says whether they invert", async () => {
    const { document } = await json([file, ...folders("b", "a", "c")]);
    expect(document.models.map((model: { folder: string }) => model.folder)).toEqual(["b", "a", "c"]);
    expect(document.inversion.all).toMatchObject({ means: [1, 1, 1], isInversion: false, nItems: 2 });
    expect(document.inversion.probedAtFirst).toBeNull();
  });

  it("have one line each in the terminal", async () => {
    const { out, status } = await runProgram(["conflict", file, ...folders("first", "second", "third")]);
    expect(status).toBe(0);
    const shown = out.split("\n").filter((line) => /^(first|second|third) /.test(line));
    expect(shown.map((line) => line.split(" ")[0])).toEqual(["first", "second", "third"]);
    for (const line of shown) expect(line).toMatch(/100\.0 % \[100\.0, 100\.0\].* 1 not asked$/);
    expect(out).toMatch(/\nAll conflicts \(2\): no inversion\. Peak 100\.0 % at first, last 100\.0 % at third: /);
  });

  it("that are not asked through one template are named", async () => {
    const openModel = async (name: string) => {
      const model = new LetterModel();
      model.hasChatTemplate = name !== "base";
      return model;
    };
    const args = ["conflict", file, ...folders("base", "tuned")];
    const { out } = await runProgram(args, { openModel });
    expect(out).toContain(
      "\nNot all were asked through one template (plain: base; own: tuned). With --template plain ",
    );
    const alike = await runProgram([...args, "--template", "plain"], { openModel });
    expect(alike.out).not.toContain("Not all were asked");
  });

  it("that were measured are written though a later one fails", async () => {
    const openModel = async (name: string) => {
      if (name === "bad") throw new CodedError("model/folder-missing", { folder: name });
      return new LetterModel();
    };
    const { status, document, err } = await json([file, ...folders("good", "bad", "other")], { openModel });
    expect(status).toBe(2);
    expect(err).toMatch(/^error model\/folder-missing: /);
    expect(document).toMatchObject({ isComplete: false, models: [{ folder: "good" }] });
  });

  it("that were measured are written at an interrupt, with status 130", async () => {
    const interrupt = new AbortController();
    let nOpened = 0;
    const openModel = async () => {
      if (++nOpened === 2) interrupt.abort();
      return new LetterModel();
    };
    const { status, document, err } = await json([file, ...folders("a", "b")], { openModel, signal: interrupt.signal });
    expect(status).toBe(130);
    expect(document).toMatchObject({ isComplete: false, models: [{ folder: "a" }] });
    expect(err).toBe(`${file}: stopped; 1 of 2 models measured\n`);
  });
});

describe("the table of one model", () => {
  it("says what was asked, what was followed, and what is wrong with the questions", async () => {
    const { out } = await runProgram(["conflict", file, "--max-new-tokens", "100"]);
    expect(out).toContain("asked.jsonl: 3 conflicts, 1 with an answer in the context only, 1 without context\n");
    expect(out).toContain("  1 row: the context does not hold its answer (line 5)\n");
    expect(out).toContain(
      "letters, float32, its own chat template\n  1 row not asked, 1 of them too long for the model\n",
    );
    expect(out).toMatch(/\nitems +3 +0 +1\n/);
    expect(out).toMatch(/\nsays the context's answer +100\.0 % \[100\.0, 100\.0\] +– +100\.0 % \[100\.0, 100\.0\]\n/);
    expect(out).toMatch(/\nsays both \/ neither +1 \/ 0 +0 \/ 0 +1 \/ 0\n/);
    expect(out).toMatch(/\nM_C, whole answer +0\.500 /);
    expect(out).toMatch(/\nRemembers, asked without context +66\.7 % \[0\.0, 100\.0\] {2}of 3\n/);
  });
});

describe("wrong usage", () => {
  it.each([
    [["conflict"], /^error cli\/usage: .*missing required argument 'file'/],
    [["conflict", file, "--max-new-tokens", "0"], /^error cli\/usage: .*whole number from 1 on/],
    [["conflict", file, "--seed", "-1"], /^error cli\/usage: .*whole number from 0 on/],
    [["conflict", file, "--template", "chat"], /^error cli\/usage: .*Allowed choices are own, off, plain/],
    [["conflict", file, "--out", "/no/such/folder/out.json"], /^error cli\/not-written: /],
    [["conflict", "/no/such.jsonl"], /^error cli\/file-missing: /],
  ])("%j ends with status 2 and one line", async (args, expected) => {
    const { status, out, err, model } = await runProgram(args);
    expect([status, out]).toEqual([2, ""]);
    expect(err).toMatch(expected);
    expect(err.split("\n")).toHaveLength(2);
    expect(model.batches).toHaveLength(0);
  });
});
