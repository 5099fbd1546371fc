// Log-probabilities of every token of one sequence: ours, the exported file as it is, and Transformers.
import { join } from "node:path";
import { measureInPython, python, sayWithoutPython } from "./benchPython.ts";
import { BenchReport } from "./benchReport.ts";
import { chosen, isQuick, rounds, threads } from "./benchSettings.ts";
import { exportedModel, type ShapeName, shapes } from "./exportedModel.ts";
import type { LengthPoint, LengthSide } from "./lengthSide.ts";
import { measureInProcess, median, spread } from "./measure.ts";

/** Lengths by shape; the largest model's logits of 2,048 tokens have 1.2 GB. */
const lengthsOf: Record<ShapeName, readonly string[]> = {
  "4m": ["128", "512"],
  "15m": ["128", "512", "1024", "2048"],
  "135m": ["128", "512", "1024", "2048"],
  "500m": ["128", "512", "1024"],
};

type Point = Omit<LengthPoint, "pass">;

const report = new BenchReport("sequence");
sayWithoutPython();
for (const shape of chosen("BENCH_SHAPES", isQuick ? ["4m"] : ["15m", "135m", "500m"]) as ShapeName[]) {
  const lengths = chosen("BENCH_LENGTHS", isQuick ? ["32", "64"] : lengthsOf[shape]);
  tabulate(shape, lengths, runSides(shape, lengths, rounds(shape === "500m" ? 1 : 2)));
}
report.save();

function runSides(shape: ShapeName, lengths: readonly string[], nRounds: number): Map<string, Point[][]> {
  const folder = exportedModel(shape);
  const sides = new Map<string, Point[][]>();
  const add = (side: string, { points }: { readonly points: Point[] }) =>
    sides.set(side, [...(sides.get(side) ?? []), points]);
  const own = (pass: string) =>
    measureInProcess<LengthSide & { points: Point[] }>(join(import.meta.dirname, "lengthSide.ts"), [
      ...[pass, folder, "1", ...lengths],
    ]);
  for (let round = 0; round < nRounds; round++) {
    add("Context Reliance", own("logProbs"));
    add("ONNX Runtime, full logits", own("logits"));
    if (python === null) continue;
    const rest = ["logProbs", folder, `${threads}`, "1", ...lengths];
    add("Transformers, sdpa", measureInPython("transformersSide.py", rest));
  }
  return sides;
}

function tabulate(shape: ShapeName, lengths: readonly string[], sides: ReadonlyMap<string, Point[][]>): void {
  const secondsOf = (side: string, lengthIdx: number) =>
    (sides.get(side) ?? []).map((points) => points[lengthIdx]?.seconds[0] ?? Number.NaN);
  const peakOf = (side: string, lengthIdx: number) =>
    median((sides.get(side) ?? []).map((points) => points[lengthIdx]?.peakMb ?? Number.NaN));
  const [ours = "", ...others] = sides.keys();
  report.table(
    `One sequence, every token scored: ${shape}, vocabulary ${shapes[shape].vocabSize.toLocaleString("en")}`,
    "A process per side and round, lengths ascending after a warm-up. ONNX Runtime's side hands the logits to JavaScript, their softmax there is not in the time. `times` is how much faster ours is.",
    [
      "tokens",
      ...[ours, ...others].map((side) => `${side}, s`),
      ...others.map((side) => `${side}, times`),
      "peak MB of each",
    ],
    lengths.map((nTokens, idx) => [
      nTokens,
      ...[ours, ...others].map((side) => spread(secondsOf(side, idx))),
      ...others.map((side) =>
        spread(secondsOf(side, idx).map((seconds, round) => seconds / (secondsOf(ours, idx)[round] ?? Number.NaN))),
      ),
      [ours, ...others].map((side) => peakOf(side, idx).toFixed(0)).join(", "),
    ]),
  );
}
