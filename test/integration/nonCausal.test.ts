import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Problem } from "../../src/core/problem.ts";
import type { Row } from "../../src/core/row.ts";
import type { ScoredRow } from "../../src/engine/scoredRow.ts";
import { InferenceClient } from "../../src/inference/client.ts";
import { openLanguageModel } from "../../src/model/loadedModel.ts";
import { goldenFolder } from "../fixture/decoderCell.ts";
import { largestDifference } from "../fixture/decoderReference.ts";
import { writeLetterFolder } from "../fixture/letterFolder.ts";

const projectRoot = join(import.meta.dirname, "..", "..");
const lines = ["Zubrowka", "Freedonia", "Sylvania"].map((land, idx) => ({
  instruction: `Capital of ${land}?`,
  input: `In ${land} it is Town ${idx}.`,
  output: `Town ${idx}.`,
}));

let folder: string;
let int8: string;
let data: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "context-reliance-int8-"));
  int8 = writeLetterFolder(join(folder, "letters-int8"), join(goldenFolder, "llama", "int8-dynamic.onnx.gz"));
  data = join(folder, "capitals.jsonl");
  writeFileSync(data, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the built program as a user would. */
function program(...args: string[]) {
  const cli = join(projectRoot, "dist", "cli.js");
  const env = { ...process.env, NO_COLOR: "1", COLUMNS: "100" };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", cli, ...args],
    {
      env,
      encoding: "utf8",
    },
  );
  return { status, out: stdout, err: stderr };
}

const audit = (...args: string[]) => program("audit", data, "--model", int8, "--no-cache", ...args);

/** The leak that the warning names, nats. */
function leakIn(text: string): number {
  return Number(/moved an earlier log-probability by ([\d.]+) nats/.exec(text)?.[1]);
}

describe("a dynamic int8 model on the command line", () => {
  it.each([
    ["audit", () => audit()],
    ["inspect", () => program("inspect", "--input", data, "--model", int8)],
    ["inspect --ledger", () => program("inspect", "--input", data, "--model", int8, "--ledger")],
  ])("is refused by %s, which says how to use it all the same", (_, run) => {
    const { status, out, err } = run();
    expect(status).toBe(2);
    expect(out).toBe("");
    expect(err).toMatch(/^error model\/not-causal: .*--allow-non-causal.*contextReliance\.model\.allowNonCausal/);
  });

  it("is audited where that is allowed, with its leak on stderr and in the output", () => {
    const { status, out, err } = audit("--allow-non-causal", "--format", "json");
    expect(status, err).toBe(0);
    expect(err).toMatch(/^warning model\/leak: The model letters-int8 is not causal/);
    const { model, files } = JSON.parse(out);
    expect(model.dtype).toBe("int8-dynamic");
    expect(model.leakNats).toBeGreaterThan(0.01);
    expect(leakIn(err)).toBe(Number(model.leakNats.toPrecision(2)));
    for (const row of files[0].rows) expect(row.closedPerplexity).toBeGreaterThan(1);
    expect(files[0].rows).toHaveLength(lines.length);
  });

  it("has its leak said in the table and in the report, where the numbers are", () => {
    expect(leakIn(audit("--allow-non-causal").out)).toBeGreaterThan(0);
    const page = join(folder, "report.html");
    expect(audit("--allow-non-causal", "--format", "html", "--out", page).status).toBe(0);
    expect(leakIn(readFileSync(page, "utf8"))).toBeGreaterThan(0);
  });

  it("is looked into where that is allowed", () => {
    const { status, out, err } = program(
      ...["inspect", "--input", data, "--model", int8, "--allow-non-causal", "--figures", "--attention", "1"],
    );
    expect(status, err).toBe(0);
    expect(leakIn(err)).toBeGreaterThan(0);
    expect(JSON.parse(out)).toMatchObject({ model: { leakNats: expect.any(Number) }, attention: expect.any(Object) });
  });

  it("shows its leak as what it is, without being allowed", () => {
    const described = JSON.parse(program("model", int8, "--format", "json").out);
    expect(described.graph.leakNats).toBeGreaterThan(0.01);
    expect(program("model", int8).out).toMatch(/log-probs +with --allow-non-causal only: .* by [\d.]+ nats in a trial/);
  });

  it("gives a row the same numbers alone and among others", async () => {
    const model = await openLanguageModel(int8, { allowNonCausal: true });
    const sequences = lines.map(({ output }, idx) => {
      const prompt = model.segment(rowOf(idx), "open");
      expect(output.length).toBe(prompt.target.end - prompt.target.start);
      return { tokenIds: prompt.tokenIds, scored: prompt.target };
    });
    const together = [await model.logProbs(sequences), await model.tokenFigures(sequences, 2)].flat();
    for (const [idx, sequence] of sequences.entries()) {
      const [alone = new Float32Array(0)] = await model.logProbs([sequence]);
      const figures = together[lines.length + idx] as { logProbs: Float32Array };
      expect(largestDifference(together[idx] as Float32Array, alone)).toBe(0);
      expect(largestDifference(figures.logProbs, alone)).toBeLessThan(0.02);
      const [figuresAlone] = await model.tokenFigures([sequence], 2);
      expect(figures.logProbs).toEqual(figuresAlone?.logProbs);
    }
    await model.release();
  });
});

function rowOf(idx: number): Row {
  const { instruction, output } = lines[idx] ?? { instruction: "", output: "" };
  return {
    prompt: [{ role: "user", parts: [{ kind: "text", text: instruction }] }],
    target: { kind: "text", text: output },
  };
}

describe("a dynamic int8 model in the inference process", () => {
  it("is opened and closed again as the setting says, and warns when it is opened", async () => {
    const warnings: Problem[] = [];
    const client = new InferenceClient({
      program: join(projectRoot, "dist", "inference.js"),
      storeFile: null,
      onWarning: (problem) => warnings.push(problem),
      onLog: () => undefined,
    });
    const { signal } = new AbortController();
    const refusal = { code: "model/not-causal", data: { dtype: "int8-dynamic" } };
    try {
      await expect(client.openModel({ modelFolder: int8 })).rejects.toMatchObject(refusal);
      expect(warnings).toEqual([]);

      const allowed = { modelFolder: int8, allowNonCausal: true };
      expect((await client.openModel(allowed)).leakNats).toBeGreaterThan(0.01);
      const scored: ScoredRow[] = [];
      const rows = lines.map((_, idx) => rowOf(idx));
      await client.scoreRows({ ...allowed, rows, answerOnly: false, storedOnly: false }, signal, (done) =>
        scored.push(...done),
      );
      expect(scored.map(({ problems }) => problems)).toEqual([[], [], []]);
      await client.ask("row/figures", { ...allowed, row: rowOf(0), template: "own" }, signal);
      expect(warnings).toMatchObject([{ code: "model/leak", data: { model: "letters-int8" } }]);

      const figures = client.ask("row/figures", { modelFolder: int8, row: rowOf(0), template: "own" }, signal);
      await expect(figures).rejects.toMatchObject(refusal);
    } finally {
      await client.dispose();
    }
  });
});
