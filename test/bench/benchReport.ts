import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { pythonVersions } from "./benchPython.ts";
import { benchCache, isQuick, projectRoot, threads } from "./benchSettings.ts";

/** A table as it stands on the console and on the page. */
interface BenchTable {
  readonly title: string;
  /** How the figures were measured. */
  readonly how: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A figure that the project set out to reach, and what was measured. */
export interface BenchGoal {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  readonly isReached: boolean;
}

/** What one benchmark found. */
export interface BenchResult {
  readonly name: string;
  readonly date: string;
  readonly machine: string;
  readonly versions: string;
  readonly load: string;
  readonly tables: readonly BenchTable[];
  readonly goals: readonly BenchGoal[];
}

/** Collects what a benchmark finds, prints it as it comes and keeps it for the page. */
export class BenchReport {
  readonly #name: string;
  readonly #tables: BenchTable[] = [];
  readonly #goals: BenchGoal[] = [];
  readonly #load = loadavg()[0]?.toFixed(2) ?? "";

  constructor(name: string) {
    this.#name = name;
    console.log(`# ${name}: ${machine()}; ${versions()}; load ${this.#load} at the start`);
  }

  table(title: string, how: string, columns: readonly string[], rows: readonly (readonly string[])[]): void {
    this.#tables.push({ title, how, columns, rows });
    const widths = columns.map((column, idx) => Math.max(column.length, ...rows.map((row) => row[idx]?.length ?? 0)));
    const line = (cells: readonly string[]) => cells.map((cell, idx) => cell.padEnd(widths[idx] ?? 0)).join("  ");
    console.log(`\n${title}\n${[columns, ...rows].map((row) => `  ${line(row).trimEnd()}`).join("\n")}`);
  }

  goal(what: string, goal: string, measured: string, isReached: boolean): void {
    this.#goals.push({ what, goal, measured, isReached });
    console.log(`  goal: ${what} ${goal}; measured ${measured}${isReached ? "" : ", NOT REACHED"}`);
  }

  /** Keeps the results; those of a quick run mean nothing. */
  save(): void {
    if (isQuick) return;
    const result: BenchResult = {
      name: this.#name,
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
      versions: versions(),
      load: this.#load,
      tables: this.#tables,
      goals: this.#goals,
    };
    mkdirSync(join(benchCache, "results"), { recursive: true });
    writeFileSync(join(benchCache, "results", `${this.#name}.json`), JSON.stringify(result, null, 1));
  }
}

function machine(): string {
  const [processor] = cpus();
  return `${threads} cores of ${processor?.model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
}

function versions(): string {
  const runtime = JSON.parse(
    readFileSync(join(projectRoot, "node_modules", "onnxruntime-node", "package.json"), "utf8"),
  ).version;
  return [`Node ${process.versions.node}`, `onnxruntime-node ${runtime}`, ...pythonVersions()].join(", ");
}
