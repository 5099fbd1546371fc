import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const projectRoot = join(import.meta.dirname, "..", "..");
const sample = join("samples", "conflicts.jsonl");

interface Estimate {
  readonly nItems: number;
  readonly nClusters: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

interface Book {
  readonly output: string;
  readonly holds: "contextual" | "parametric" | "both" | "neither";
  readonly stop: string;
  readonly contextualLogProb: { readonly sum: number; readonly firstToken: number; readonly nTokens: number };
  readonly parametricLogProb: { readonly sum: number };
}

interface Row {
  readonly row: number;
  readonly kind: string;
  readonly open: Book | null;
  readonly closed: Book;
  readonly contextPreference: number | null;
  readonly isProbed: boolean;
  readonly contextMass: number | null;
}

interface Model {
  readonly folder: string;
  readonly model: { readonly modelHash: string; readonly templateHash: string; readonly dtype: string };
  readonly template: { readonly name: string; readonly hash: string };
  readonly rows: readonly Row[];
  readonly summary: {
    readonly conflict: {
      readonly all: Record<string, Estimate | number>;
      readonly probed: { readonly nItems: number };
    };
  };
}

let folder: string;
/** The sample as the bundled model answers it under its own template. */
let own: Awaited<ReturnType<typeof measured>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "context-reliance-conflict-"));
  own = await measured(sample);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the built program in the project root, as a user does. */
async function program(...args: string[]) {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join("dist", "cli.js"), ...args], {
    cwd: projectRoot,
    env: { ...process.env, NO_COLOR: "1", COLUMNS: "120" },
  });
  const run = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    run.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    run.err += text;
  });
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, ...run };
}

async function measured(...args: string[]): Promise<{ document: Record<string, unknown>; models: readonly Model[] }> {
  const { status, out, err } = await program("conflict", ...args, "--json");
  expect(status, err).toBe(0);
  const document = JSON.parse(out);
  return { document, models: document.models };
}

describe("conflict on its sample with the bundled model", () => {
  it("gives figures that fit together", () => {
    const { document, models } = own;
    expect(document).toMatchObject({ schema: { name: "context-reliance/conflict", version: 1 }, isComplete: true });
    const [model] = models as [Model];
    expect(model.model.modelHash).toMatch(/^[0-9a-f]{64}$/);
    expect(model.template).toEqual({ name: "own", hash: model.model.templateHash });
    expect(model.rows.map(({ row }) => row)).toEqual(Array.from({ length: 20 }, (_, idx) => idx + 1));
    const conflicts = model.rows.filter(({ kind }) => kind === "conflict");
    expect(conflicts.length).toBeGreaterThan(3);
    for (const { open, closed, contextPreference, isProbed, contextMass } of conflicts) {
      const { contextualLogProb, parametricLogProb } = open as Book;
      const ratio = Math.exp(parametricLogProb.sum - contextualLogProb.sum);
      expect(contextPreference).toBeCloseTo(1 / (1 + ratio), 9);
      expect(isProbed).toBe(closed.parametricLogProb.sum > closed.contextualLogProb.sum);
      expect(contextMass).toBeGreaterThan(0);
      expect(contextMass).toBeLessThan(1);
    }
    const { all, probed } = model.summary.conflict;
    const nHolding = conflicts.filter(({ open }) => /contextual|both/.test(open?.holds ?? "")).length;
    const accuracy = all.counterfactualAccuracy as Estimate;
    expect(accuracy.mean).toBeCloseTo(nHolding / conflicts.length, 12);
    expect(accuracy.low).toBeLessThanOrEqual(accuracy.mean);
    expect(accuracy.high).toBeGreaterThanOrEqual(accuracy.mean);
    expect(probed.nItems).toBe(conflicts.filter(({ isProbed }) => isProbed).length);
    const counts = ["nContextualOnly", "nParametricOnly", "nBoth", "nNeither"].map((name) => all[name] as number);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(conflicts.length);
  });

  it("gives the log-probabilities that inspect gives of the same row", async () => {
    const row = 2;
    const book = own.models[0]?.rows.find((each) => each.row === row)?.open;
    const { out } = await program("inspect", "--input", sample, "--row", String(row), "--format", "json");
    const logProbs: number[] = JSON.parse(out).target.openLogProbs;
    expect(book?.contextualLogProb.nTokens).toBe(logProbs.length);
    expect(book?.contextualLogProb.firstToken).toBeCloseTo(logProbs[0] as number, 4);
    expect(book?.contextualLogProb.sum).toBeCloseTo(
      logProbs.reduce((sum, logProb) => sum + logProb, 0),
      4,
    );
  });

  it("says what the model says by itself", async () => {
    const { out } = await program("inspect", "--input", sample, "--row", "5", "--generate", "50", "--format", "json");
    const { open, closed } = JSON.parse(out).generate;
    const row = own.models[0]?.rows.find((each) => each.row === 5);
    expect([row?.open?.output, row?.closed.output]).toEqual([open.text, closed.text]);
  });

  it("is the same twice, and other questions are others", async () => {
    const rowsOf = async (...args: string[]) => (await measured(sample, ...args)).models[0]?.rows;
    expect(await rowsOf()).toEqual(own.models[0]?.rows);
    expect(await rowsOf("--template", "plain")).not.toEqual(own.models[0]?.rows);
  });

  it("shows a table without --json", async () => {
    const { status, out, err } = await program("conflict", sample);
    expect([status, err]).toEqual([0, ""]);
    expect(out).toMatch(/\nsays the context's answer +\d+\.\d % \[/);
    expect(out).toMatch(/\nM_C, whole answer +\d\.\d{3} \[/);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
  });
});

describe("conflict over checkpoints", () => {
  it("has one line per model, in order, and a verdict from three on", async () => {
    const model = join("media", "model");
    const two = await program("conflict", sample, "--model", model, "--model", model, "--no-attention");
    expect(two.out.split("\n").filter((line) => line.startsWith(model))).toHaveLength(2);
    expect(two.out).not.toContain("inversion");
    const three = Array.from({ length: 3 }, () => ["--model", model]).flat();
    const { document } = await measured(sample, ...three, "--no-attention");
    // The same model three times neither rises nor falls.
    expect(document.inversion).toMatchObject({
      all: { peakIdx: 0, lastIdx: 2, isInversion: false, fall: { mean: 0 } },
    });
  });
});

describe("what a conflict file may have wrong", () => {
  it("is said with its position, and the rest is asked", async () => {
    const [first] = readFileSync(join(projectRoot, sample), "utf8").split("\n");
    const file = join(folder, "bad.jsonl");
    const long = JSON.stringify({
      context: "word ".repeat(5000),
      question: "Which?",
      answer: "word",
      memory_answer: "x",
    });
    writeFileSync(file, `{"question":"Who?"}\n${first}\n{"question":\n${long}\n{"question":"Who?","answer":3}\n`);
    const { status, out, err } = await program("conflict", file, "--json");
    expect(status).toBe(0);
    expect(err).toContain("error dataset/not-an-answer: Line 1, column 2: ");
    expect(err).toContain("error dataset/invalid-json: Line 3, column 13: ");
    expect(err).toContain("error dataset/not-an-answer: Line 5, column 20: ");
    expect(err).toMatch(/bad\.jsonl: 3 rows left out\n$/);
    const { items, models, nUnreadable } = JSON.parse(out);
    expect(items.map(({ row }: Row) => row)).toEqual([2, 4]);
    expect([nUnreadable, models[0].nTooLong]).toEqual([3, 1]);
    expect(models[0].rows[1].problems[0].code).toBe("row/too-long");
  });

  it.each([
    [["conflict", "no-such-file.jsonl"], "cli/file-missing"],
    [["conflict", join("samples", "chat.jsonl")], "cli/nothing-to-ask"],
    [["conflict", sample, "--model", "no-such-model"], "model/folder-missing"],
    [["conflict", sample, "--resamples", "none"], "cli/usage"],
  ])("ends %j with status 2 and the code %s", async (args, code) => {
    const { status, out, err } = await program(...args);
    expect([status, out]).toEqual([2, ""]);
    expect(err).toMatch(new RegExp(`(^|\n)error ${code}: .+\n$`));
  });
});
