import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const projectRoot = join(import.meta.dirname, "..", "..");
const samples = ["conflicts", "instructions", "passages", "chat", "conversations", "closedQa"].map((name) =>
  join("samples", `${name}.jsonl`),
);

interface ProgramRun {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** One object of the JSONL output, as far as the tests look into it. */
interface OutputRow {
  readonly row: number;
  readonly file: string;
  readonly verdict: string | null;
  readonly flagged: boolean;
  readonly nTargetTokens: number | null;
  readonly openPerplexity: number | null;
  readonly closedPerplexity: number | null;
  readonly gain: number | null;
  readonly problems: readonly { readonly code: string }[];
}

let folder: string;
let cache: string;

/** Starts the built program in the project root. */
function start(args: readonly string[]): { child: ChildProcess; ended: Promise<ProgramRun> } {
  const cli = join(projectRoot, "dist", "cli.js");
  const env = { ...process.env, NO_COLOR: "1", COLUMNS: "100" };
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", cli, ...args], {
    cwd: projectRoot,
    env,
  });
  const run = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    run.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    run.err += text;
  });
  const ended = new Promise<ProgramRun>((resolve) => {
    child.on("close", (status) => resolve({ status, ...run }));
  });
  return { child, ended };
}

const program = (...args: string[]) => start(args).ended;

async function auditRows(...args: string[]): Promise<OutputRow[]> {
  const { status, out, err } = await program("audit", ...args, "--format", "jsonl", "--cache", cache);
  expect(status, err).toBe(0);
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as OutputRow);
}

/** Measure 2, restated: of n rows with a context those at or below the ceil(q n)-th smallest closed-book perplexity. */
function flaggedByMeasure(rows: readonly OutputRow[], quantile: number): number[] {
  const perplexities = rows.flatMap(({ closedPerplexity }) => closedPerplexity ?? []).sort((a, b) => a - b);
  const cut = perplexities[Math.ceil(quantile * perplexities.length) - 1] ?? Number.NEGATIVE_INFINITY;
  return rows
    .filter(({ closedPerplexity }) => closedPerplexity !== null && closedPerplexity <= cut)
    .map(({ row }) => row);
}

/** Scores in a cache that another process is filling. */
function nStoredScores(file: string): number {
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    const count = database.prepare("SELECT count(*) AS n FROM score").get()?.n;
    database.close();
    return Number(count);
  } catch {
    // Not made yet, or about to be.
    return 0;
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 50));
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "context-reliance-cli-"));
  cache = join(folder, "scores.db");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("audit of the samples with the bundled model", () => {
  it.each([0.25, 0.1, 0.6])("flags exactly the rows that measure 2 names at q = %d", async (quantile) => {
    const rows = await auditRows(...samples, "--quantile", String(quantile));
    for (const sample of samples) {
      const ofFile = rows.filter(({ file }) => file === sample);
      const flagged = ofFile.filter((row) => row.flagged).map(({ row }) => row);
      expect(flagged, sample).toEqual(flaggedByMeasure(ofFile, quantile));
    }
    expect(rows.some(({ flagged }) => flagged)).toBe(true);
  });

  it("gives figures that fit together", async () => {
    for (const row of await auditRows(samples[0] as string)) {
      const { openPerplexity, closedPerplexity, gain } = row;
      expect(row.nTargetTokens).toBeGreaterThan(0);
      expect(gain).toBeCloseTo(Math.log((closedPerplexity as number) / (openPerplexity as number)), 4);
    }
  });

  it("reports the malformed and the empty row, and scores all others", async () => {
    const rows = await auditRows(samples[1] as string);
    const nLines = readFileSync(join(projectRoot, samples[1] as string), "utf8")
      .trimEnd()
      .split("\n").length;
    expect(rows.map(({ row }) => row)).toEqual(Array.from({ length: nLines }, (_, i) => i + 1));
    const unscored = rows.filter(({ verdict }) => verdict === null);
    expect(unscored.map(({ row, problems }) => [row, problems[0]?.code])).toEqual([
      [13, "dataset/invalid-json"],
      [23, "dataset/empty-target"],
    ]);
    for (const row of unscored) expect([row.closedPerplexity, row.flagged]).toEqual([null, false]);
  });

  it("never flags rows without a context", async () => {
    const rows = await auditRows(samples[3] as string, samples[4] as string);
    for (const row of rows)
      expect([row.verdict, row.flagged, row.closedPerplexity]).toEqual(["no-context", false, null]);
  });

  it("says the same in every format", async () => {
    const file = samples[1] as string;
    const rows = await auditRows(file);
    const flagged = rows.filter((row) => row.flagged).map(({ row }) => row);

    const json = JSON.parse((await program("audit", file, "--format", "json", "--cache", cache)).out);
    expect(json.files[0].rows).toEqual(rows);
    expect(json.files[0].nFlagged).toBe(flagged.length);

    const table = (await program("audit", file, "--cache", cache)).out;
    const marked = table.split("\n").filter((line) => /^ +\d+ +flagged /.test(line));
    expect(marked.map((line) => Number.parseInt(line, 10))).toEqual(flagged);

    const page = join(folder, "report.html");
    expect((await program("audit", file, "--format", "html", "--out", page, "--cache", cache)).status).toBe(0);
    const rowsOfPage = [...readFileSync(page, "utf8").matchAll(/<tr class="flagged"><th scope="row">(\d+)/g)];
    expect(rowsOfPage.map((match) => Number(match[1]))).toEqual(flagged);
  });

  it("gives equal numbers with and without the cache", async () => {
    const file = samples[2] as string;
    const cached = await auditRows(file);
    const { out } = await program("audit", file, "--format", "jsonl", "--no-cache");
    expect(
      out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(cached);
  });
});

describe("inspect", () => {
  it("gives the log-probabilities that the audit sums up", async () => {
    const file = samples[0] as string;
    const audited = (await auditRows(file)).find(({ row }) => row === 5) as OutputRow;
    const { out, status } = await program(
      "inspect",
      "--model",
      "media/model",
      "--input",
      file,
      "--row",
      "5",
      "--format",
      "json",
    );
    expect(status).toBe(0);
    const { target, open, closed } = JSON.parse(out);
    const perplexity = (logProbs: number[]) =>
      Math.exp(-logProbs.reduce((sum, logProb) => sum + logProb, 0) / logProbs.length);
    expect(target.tokenIds).toHaveLength(audited.nTargetTokens as number);
    expect(perplexity(target.openLogProbs) / (audited.openPerplexity as number)).toBeCloseTo(1, 3);
    expect(perplexity(target.closedLogProbs) / (audited.closedPerplexity as number)).toBeCloseTo(1, 3);
    expect(open.tokens.some(({ role }: { role: string }) => role === "context")).toBe(true);
    expect(closed.tokens.some(({ role }: { role: string }) => role === "context")).toBe(false);
    expect(target.tokenTexts.join("")).toBe("Beluro");
  });
});

describe("model", () => {
  it("says what the bundled model is and that it can be measured", async () => {
    const { out, status } = await program("model", "media/model");
    expect(status).toBe(0);
    expect(out).toMatch(/^log-probs +can be measured/m);
    const described = JSON.parse((await program("model", "media/model", "--format", "json")).out);
    expect(described.graph.leakNats).toBeNull();
    expect(described.modelHash).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("errors", () => {
  it.each([
    [["audit", "no-such-file.jsonl"], "cli/file-missing"],
    [["audit", "samples/chat.jsonl", "--model", "no-such-model"], "model/folder-missing"],
    [["audit", "samples/chat.jsonl", "--model", "samples"], "model/graph-missing"],
    [["model", "no-such-model"], "model/folder-missing"],
    [["audit", "samples/chat.jsonl", "--quantile", "2"], "cli/usage"],
  ])("ends %j with status 2 and the code %s on stderr", async (args, code) => {
    const { status, out, err } = await program(...args);
    expect([status, out]).toEqual([2, ""]);
    expect(err).toMatch(new RegExp(`^error ${code}: .+\n$`));
  });
});

describe("Ctrl+C", () => {
  it.skipIf(process.platform === "win32")("writes what was scored and ends with status 130", async () => {
    const nRows = 20_000;
    const file = join(folder, "long.jsonl");
    const line = (i: number) =>
      JSON.stringify({ instruction: `What is asked in row ${i}?`, input: `Row ${i} asks.`, output: `Row ${i}.` });
    writeFileSync(file, Array.from({ length: nRows }, (_, i) => `${line(i)}\n`).join(""));
    const out = join(folder, "long-out.jsonl");
    const ownCache = join(folder, "long.db");
    const { child, ended } = start(["audit", file, "--format", "jsonl", "--out", out, "--cache", ownCache]);
    await until(() => nStoredScores(ownCache) > 0);
    child.kill("SIGINT");
    const { status, err } = await ended;
    expect(status, err).toBe(130);
    const rows = readFileSync(out, "utf8")
      .trim()
      .split("\n")
      .filter(Boolean)
      .map((text) => JSON.parse(text) as OutputRow);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length).toBeLessThan(nRows);
    expect(rows.every(({ verdict }) => verdict !== null)).toBe(true);
    expect(err).toContain(`stopped; ${rows.length.toLocaleString("en-US")} rows written`);
  });
});
