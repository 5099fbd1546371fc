import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";

const projectRoot = join(import.meta.dirname, "..", "..");
const checkpoints = ["base", "peak", "end"] as const;
const items = join("tools", "model", "items", "conflict-test.jsonl");

interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

interface Point {
  readonly step: number;
  readonly "counterfactual accuracy": Estimate;
  readonly "parametric accuracy": Estimate;
  readonly M_C: Estimate;
}

/** The curves of docs/family.md; `kept` names the step of each checkpoint in the repository. */
const family: {
  readonly kept: Readonly<Record<(typeof checkpoints)[number], number>>;
  readonly runs: { readonly mixed: { readonly points: readonly Point[] } };
} = JSON.parse(readFileSync(join(projectRoot, "docs", "family.json"), "utf8"));

interface Model {
  readonly model: { readonly dtype: string };
  readonly summary: {
    readonly conflict: {
      readonly all: Readonly<Record<"counterfactualAccuracy" | "parametricAccuracy" | "contextPreference", Estimate>>;
    };
  };
}

let models: readonly Model[];
let inversion: { readonly all: { readonly means: readonly number[]; readonly peakIdx: number } };

beforeAll(async () => {
  const folders = checkpoints.flatMap((name) => ["--model", join("test", "fixture", "family", name)]);
  const program = ["--disable-warning=ExperimentalWarning", join("dist", "cli.js"), "conflict", items];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...program, ...folders, "--json", "--max-new-tokens", "24", "--no-attention"],
    { cwd: projectRoot, maxBuffer: 1 << 26 },
  );
  ({ models, inversion } = JSON.parse(stdout));
}, 180_000);

function pointOf(name: (typeof checkpoints)[number]): Point {
  const point = family.runs.mixed.points.find(({ step }) => step === family.kept[name]);
  if (!point) throw new Error(`docs/family.json has no step ${family.kept[name]}`);
  return point;
}

describe("the kept checkpoints of the family", () => {
  it.each(checkpoints.map((name, idx) => ({ name, idx })))("$name answers as its curve says", ({ name, idx }) => {
    const model = models[idx] as Model;
    const point = pointOf(name);
    expect(model.model.dtype).toBe("float16");
    const { counterfactualAccuracy, parametricAccuracy, contextPreference } = model.summary.conflict.all;
    // The curves are of float32 weights: float16 may turn an answer of 200 that was close.
    expect(Math.abs(counterfactualAccuracy.mean - point["counterfactual accuracy"].mean)).toBeLessThanOrEqual(0.015);
    expect(Math.abs(parametricAccuracy.mean - point["parametric accuracy"].mean)).toBeLessThanOrEqual(0.015);
    expect(Math.abs(contextPreference.mean - point.M_C.mean)).toBeLessThan(0.005);
  });

  it("are read as one curve with its peak where the drawn one has it", () => {
    expect(inversion.all.means).toEqual(
      models.map(({ summary }) => expect.closeTo(summary.conflict.all.counterfactualAccuracy.mean, 10)),
    );
    const drawn = checkpoints.map((name) => pointOf(name)["counterfactual accuracy"].mean);
    expect(inversion.all.peakIdx).toBe(drawn.indexOf(Math.max(...drawn)));
  });
});
