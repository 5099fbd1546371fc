// Writes what the benchmarks measured last into docs/performance.md, between its two marks; the text around them is hand-made.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BenchResult } from "./benchReport.ts";
import { benchCache, projectRoot } from "./benchSettings.ts";

const order = ["scoring", "sequence", "ledger", "taps", "load", "prefill", "growth", "generation", "prefix", "fusion"];
const marks = ["<!-- measured: written by `npm run bench -- --page` -->", "<!-- /measured -->"] as const;

const page = join(projectRoot, "docs", "performance.md");
const results = order.flatMap((name): BenchResult[] => {
  const file = join(benchCache, "results", `${name}.json`);
  return existsSync(file) ? [JSON.parse(readFileSync(file, "utf8"))] : [];
});
const text = readFileSync(page, "utf8");
const [start, end] = [text.indexOf(marks[0]), text.indexOf(marks[1])];
if (start === -1 || end < start) throw new Error(`${page} has lost its marks`);
writeFileSync(page, `${text.slice(0, start)}${marks[0]}\n\n${measured()}\n${text.slice(end)}`);

function measured(): string {
  const goals = results.flatMap((result) => result.goals);
  const goalRows = goals.map(({ what, goal, measured, isReached }) => [what, goal, measured, isReached ? "yes" : "no"]);
  const sections = results.flatMap(({ name, date, machine, versions, load, tables }) => [
    `## ${name[0]?.toUpperCase()}${name.slice(1)}`,
    `${date}; ${machine}; ${versions}; load ${load} at the start.`,
    ...tables.flatMap(({ title, how, columns, rows }) => [`### ${title}`, how, markdownTable(columns, rows)]),
  ]);
  return ["## Goals", markdownTable(["figure", "goal", "measured", "reached"], goalRows), ...sections, ""].join("\n\n");
}

function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
}
