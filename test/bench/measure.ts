import { spawnSync } from "node:child_process";

/** The middle value of a list; the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** A figure with about three digits. */
function digits(value: number): string {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.1 ? 2 : 4);
}

/** `median (min to max)`; the value alone where there is only one. */
export function spread(values: readonly number[]): string {
  const middle = digits(median(values));
  return values.length < 2 ? middle : `${middle} (${digits(Math.min(...values))} to ${digits(Math.max(...values))})`;
}

/** Runs a program of this folder in a process of its own, so that its peak memory is its own, and returns the JSON it prints. */
export function measureInProcess<Result>(program: string, programArguments: readonly string[]): Result {
  const run = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...programArguments], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 2 ** 28,
    env: { ...process.env, ORT_DISABLE_TELEMETRY: "1" },
  });
  if (run.status !== 0) throw new Error(`${program} ${programArguments.join(" ")} ended with ${run.status}`);
  return JSON.parse(run.stdout);
}
