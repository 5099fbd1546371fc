// How time and memory grow with the length of a sequence and with the number of rows; the longest sequence by itself.
import { join } from "node:path";
import { sayWithoutPython } from "./benchPython.ts";
import { BenchReport } from "./benchReport.ts";
import { chosen, isQuick, rounds } from "./benchSettings.ts";
import { exportedModel, type ShapeName } from "./exportedModel.ts";
import type { LengthSide } from "./lengthSide.ts";
import { measureInProcess, median, spread } from "./measure.ts";
import type { ScoringSide } from "./scoringSide.ts";

const folderOf = (name: string) => join(import.meta.dirname, name);
const shape = chosen("BENCH_SHAPES", [isQuick ? "4m" : "135m"])[0] as ShapeName;
const lengths = chosen("BENCH_LENGTHS", isQuick ? ["32", "64"] : ["256", "512", "1024", "2048", "4096"]);
const rowCounts = isQuick ? [5, 10] : [100, 200, 400, 800];

const report = new BenchReport("growth");
sayWithoutPython();
byLength();
byRows();
report.save();

function byLength(): void {
  const programArguments = ["logProbs", exportedModel(shape), `${rounds(2)}`, ...lengths];
  const { points } = measureInProcess<LengthSide>(folderOf("lengthSide.ts"), programArguments);
  const seconds = points.map((point) => median(point.seconds));
  const tokens = points.map(({ nTokens }) => nTokens);
  report.table(
    `Scoring every token of one sequence: ${shape}`,
    "Weights repacked, one process, lengths ascending, so that the peak is that of the longest so far. `Exponent`: time grows as length to this power, between this length and the one before.",
    ["tokens", "s", "tokens/s", "exponent", "peak MB"],
    points.map(({ nTokens, seconds: runs, peakMb }, idx) => [
      `${nTokens}`,
      spread(runs),
      (nTokens / median(runs)).toFixed(0),
      idx === 0 ? "" : exponent(tokens.slice(idx - 1, idx + 1), seconds.slice(idx - 1, idx + 1)).toFixed(2),
      peakMb.toFixed(0),
    ]),
  );
  const longest = points.at(-1);
  const peakGb = (longest?.peakMb ?? Number.NaN) / 1024;
  report.goal(`peak memory of ${longest?.nTokens} tokens, ${shape}`, "<= 4 GB", `${peakGb.toFixed(2)} GB`, peakGb <= 4);
}

function byRows(): void {
  const folder = exportedModel("4m");
  const runs = rowCounts.map(() => [] as ScoringSide[]);
  for (let round = 0; round < rounds(2); round++) {
    for (const [idx, nRows] of rowCounts.entries()) {
      runs[idx]?.push(measureInProcess<ScoringSide>(folderOf("scoringSide.ts"), ["audit", folder, `${nRows}`]));
    }
  }
  const secondsOf = (sides: readonly ScoringSide[]) => sides.map(({ seconds }) => seconds);
  report.table(
    "Scoring datasets of growing length: 4m",
    "Rows open-book and closed-book, every run in a process of its own.",
    ["rows", "s", "rows/s", "peak MB"],
    runs.map((sides, idx) => [
      `${rowCounts[idx]}`,
      spread(secondsOf(sides)),
      ((rowCounts[idx] ?? 0) / median(secondsOf(sides))).toFixed(0),
      median(sides.map(({ peakMb }) => peakMb)).toFixed(0),
    ]),
  );
  const power = exponent(
    rowCounts,
    runs.map((sides) => median(secondsOf(sides))),
  );
  report.goal("growth of time with rows", "<= 1.05", power.toFixed(2), power <= 1.05);
}

/** The slope of a straight line through the logarithms (least squares). */
function exponent(sizes: readonly number[], seconds: readonly number[]): number {
  const x = sizes.map(Math.log);
  const y = seconds.map(Math.log);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  const covariance = x.reduce((sum, value, idx) => sum + (value - meanX) * ((y[idx] ?? 0) - meanY), 0);
  return covariance / x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
}
