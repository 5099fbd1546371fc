import { availableParallelism } from "node:os";
import { join } from "node:path";

export const projectRoot = join(import.meta.dirname, "..", "..");
/** Models, rows and results of benchmarks; can be deleted at any time. */
export const benchCache = process.env.BENCH_CACHE ?? join(projectRoot, ".cache", "bench");

/** What every side may use: the processors of this process. */
export const threads = availableParallelism();

/** `BENCH_QUICK=1` proves in seconds that a benchmark works; its figures mean nothing and are not kept. */
export const isQuick = process.env.BENCH_QUICK === "1";

/** How often each side runs: `BENCH_ROUNDS`, else as many as the benchmark says. */
export function rounds(usual: number): number {
  return isQuick ? 1 : Number(process.env.BENCH_ROUNDS ?? usual);
}

/** A list of numbers or names from an environment variable, e.g. `BENCH_LENGTHS=128,512`. */
export function chosen(name: string, usual: readonly string[]): string[] {
  return process.env[name]?.split(",") ?? [...usual];
}
