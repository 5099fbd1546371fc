import { spawnSync } from "node:child_process";

/** The middle value of a list; the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** `median (min to max)` with two digits. */
export function spread(values: readonly number[]): string {
  return `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`;
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
