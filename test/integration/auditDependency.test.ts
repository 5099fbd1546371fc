import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const projectRoot = join(import.meta.dirname, "..", "..");
const samples = ["chat", "conversations", "closedQa", "conflicts", "passages", "instructions"];

/** One object of the JSONL output, as far as the tests look into it. */
interface OutputRow {
  readonly row: number;
  readonly turn: number;
  readonly verdict: string | null;
  readonly dependency: number | null;
  readonly problems: readonly unknown[];
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "context-reliance-dependency-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the built program writes; a failure of it fails the test with its own words. */
async function program(...args: string[]): Promise<string> {
  const command = ["--disable-warning=ExperimentalWarning", join(projectRoot, "dist", "cli.js"), ...args];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: projectRoot, maxBuffer: 1e8 });
  return stdout;
}

const pathOf = (sample: string) => join("samples", `${sample}.jsonl`);
const textOf = (path: string) => readFileSync(join(projectRoot, path), "utf8");

async function audit(...args: string[]): Promise<OutputRow[]> {
  const cache = join(folder, "scores.db");
  const out = await program("audit", ...args, "--format", "jsonl", "--cache", cache);
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as OutputRow);
}

/** The user's words before each assistant turn of a record, in whichever keys it has them. */
function userWords(record: Record<string, unknown>): string[] {
  const turns = (record.messages ?? record.conversations) as Record<string, string>[] | undefined;
  if (turns === undefined) return [String(record.question ?? record.instruction)];
  const said = turns.map(({ role, from, content, value }) => ({ who: role ?? from, words: content ?? value ?? "" }));
  return said.flatMap(({ who }, i) =>
    who === "assistant" || who === "gpt"
      ? [said.slice(0, i).findLast((each) => each.who === "user" || each.who === "human")?.words ?? ""]
      : [],
  );
}

describe("audit --dependency with the bundled model", () => {
  it.each([[[]], [["2"]]])("gives the score that inspect gives (layer %j)", async (layer) => {
    const rows = [
      ...(await audit(pathOf("chat"), "--dependency", ...layer)).map((row) => ({ ...row, sample: "chat" })),
      ...(await audit(pathOf("closedQa"), "--dependency", ...layer))
        .slice(0, 2)
        .map((row) => ({ ...row, sample: "closedQa" })),
    ];
    for (const { sample, row, turn, dependency } of rows) {
      const place = ["--input", pathOf(sample), "--row", String(row), "--turn", String(turn)];
      const look = JSON.parse(await program("inspect", ...place, "--dependency", ...layer)).dependency;
      expect(dependency, `${sample} ${row}/${turn}`).toBeCloseTo(look.layers[0].score, 5);
      if (layer.length > 0) expect(look.layers[0].layerIdx).toBe(2);
    }
  });

  it("scores every row that is scored at all, and none of the others", async () => {
    for (const sample of samples) {
      for (const { verdict, dependency } of await audit(pathOf(sample), "--dependency")) {
        if (verdict === null) expect(dependency).toBeNull();
        else expect(dependency).toSatisfy((score: number) => score > 0 && score <= 1);
      }
    }
  });

  it("changes no other number", async () => {
    const plain = await audit(pathOf("closedQa"));
    const measured = await audit(pathOf("closedQa"), "--dependency");
    expect(measured.map(({ dependency: _, ...row }) => row)).toEqual(plain);
  });
});

describe("audit --indicate with the bundled model", () => {
  it.each(samples)("marks the higher half of %s, and changes no other byte", async (sample) => {
    const before = textOf(pathOf(sample));
    const scores = (await audit(pathOf(sample), "--dependency")).flatMap(({ dependency }) => dependency ?? []);
    const threshold = scores.toSorted((a, b) => a - b)[Math.floor(scores.length / 2) - 1] as number;
    const marked = join(folder, `${sample}.jsonl`);
    const rows = await audit(pathOf(sample), "--indicate", marked, "--threshold", String(threshold));
    const after = readFileSync(marked, "utf8");
    expect(after.replaceAll(" [IND]", "")).toBe(before);
    expect(textOf(pathOf(sample))).toBe(before);
    const above = rows.filter(({ dependency }) => dependency !== null && dependency > threshold);
    expect(above.length).toBeGreaterThan(0);
    expect(above.length).toBeLessThan(scores.length);
    expect(after.split(" [IND]")).toHaveLength(above.length + 1);
    const lines = after.split("\n");
    for (const { row, turn, dependency } of rows) {
      if (dependency === null) continue;
      const words = userWords(JSON.parse(lines[row - 1] as string))[turn - 1];
      expect(words?.endsWith(" [IND]"), `line ${row}, turn ${turn}`).toBe(dependency > threshold);
    }
  });

  it("writes a dataset that is read again as the same rows", async () => {
    const marked = join(folder, "again.jsonl");
    const rows = await audit(pathOf("chat"), "--indicate", marked, "--threshold", "0");
    const again = await audit(marked, "--dependency");
    const place = ({ row, turn }: OutputRow) => [row, turn];
    expect(again.map(place)).toEqual(rows.map(place));
    expect(again.every(({ dependency, problems }) => dependency !== null && problems.length === 0)).toBe(true);
  });
});
