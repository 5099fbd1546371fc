// Scoring a dataset open-book and closed-book against what a user would do instead: same weights, threads and rows, in turn.
import { join } from "node:path";
import { measureInPython, python, sayWithoutPython } from "./benchPython.ts";
import { BenchReport } from "./benchReport.ts";
import { chosen, isQuick, rounds, threads } from "./benchSettings.ts";
import { exportedModel, type ShapeName, shapes } from "./exportedModel.ts";
import { measureInProcess, median, spread } from "./measure.ts";
import { renderedRows } from "./renderedRows.ts";
import type { ScoringSide } from "./scoringSide.ts";

/** Sizes by shape: enough rows for seconds of work. */
const rowsOf: Record<ShapeName, number> = { "4m": 100, "15m": 60, "135m": 16, "500m": 6 };
const lmEvalBatchSizes = ["1", "8"];

/** One run of one side. `logProbs`: per row and book the sum over the target, nats. */
interface SideRun {
  readonly seconds: number;
  readonly peakMb: number;
  readonly logProbs: readonly number[];
}

interface LmEvalSide {
  readonly runs: readonly (SideRun & { readonly batchSize: number })[];
}

const report = new BenchReport("scoring");
sayWithoutPython();
for (const name of chosen("BENCH_SHAPES", isQuick ? ["4m"] : Object.keys(shapes)) as ShapeName[]) {
  const nRows = isQuick ? 6 : Number(process.env.BENCH_ROWS ?? rowsOf[name]);
  const sides = await runSides(name, nRows, rounds(2));
  tabulate(name, nRows, sides);
}
report.save();

async function runSides(name: ShapeName, nRows: number, nRounds: number): Promise<Map<string, SideRun[]>> {
  const folder = exportedModel(name);
  const rowsFile = await renderedRows(folder, nRows);
  const sides = new Map<string, SideRun[]>();
  const add = (side: string, run: SideRun) => sides.set(side, [...(sides.get(side) ?? []), run]);
  const own = (side: string) => {
    const run = measureInProcess<ScoringSide>(join(import.meta.dirname, "scoringSide.ts"), [side, folder, `${nRows}`]);
    return { ...run, logProbs: run.logProbs.flat() };
  };
  for (let round = 0; round < nRounds; round++) {
    add("Context Reliance", own("audit"));
    add("ONNX Runtime, full logits", own("bareLoop"));
    if (python === null) continue;
    const rest = [folder, `${threads}`, rowsFile];
    add("Transformers, sdpa", measureInPython<SideRun>("transformersSide.py", ["rows", ...rest]));
    const { runs } = measureInPython<LmEvalSide>("lmEvalSide.py", [...rest, ...lmEvalBatchSizes]);
    for (const run of runs) add(`lm-evaluation-harness, batch ${run.batchSize}`, run);
  }
  return sides;
}

function tabulate(name: ShapeName, nRows: number, sides: ReadonlyMap<string, readonly SideRun[]>): void {
  const ours = sides.get("Context Reliance") ?? [];
  const ratios = (runs: readonly SideRun[]) => runs.map((run, idx) => run.seconds / (ours[idx]?.seconds ?? Number.NaN));
  report.table(
    `Scoring: ${name}, vocabulary ${shapes[name].vocabSize.toLocaleString("en")}, ${nRows} rows`,
    "Each row open-book and closed-book; opening the model is not in the time. `times` is how much faster Context Reliance is in the same round; the last column is the largest difference of a target's log-probability from ours.",
    ["side", "rows/s", "times", "peak MB", "difference, nats"],
    [...sides].map(([side, runs]) => [
      side,
      spread(runs.map(({ seconds }) => nRows / seconds)),
      spread(ratios(runs)),
      median(runs.map(({ peakMb }) => peakMb)).toFixed(0),
      largestDifference(ours[0]?.logProbs ?? [], runs[0]?.logProbs ?? []).toExponential(1),
    ]),
  );
  const harness = [...sides].filter(([side]) => side.startsWith("lm-eval")).map(([, runs]) => ratios(runs));
  if (harness.length > 0) {
    // The harness at the better of its batch sizes.
    const ratio = Math.min(...harness.map(median));
    report.goal(`rows/s over lm-evaluation-harness, ${name}`, ">= 3", ratio.toFixed(2), ratio >= 3);
  }
  const bare = median(ratios(sides.get("ONNX Runtime, full logits") ?? []));
  if (name === "500m")
    report.goal("rows/s over ONNX Runtime with full logits, 500m", ">= 2", bare.toFixed(2), bare >= 2);
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, idx) => Math.abs(value - (b[idx] ?? Number.NaN))));
}
