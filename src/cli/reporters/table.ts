import { styleText } from "node:util";
import type { RowVerdict } from "../../core/datasetVerdicts.ts";
import { dependencySpread } from "../../core/dependencySpread.ts";
import { leakWarning } from "../../core/leakWarning.ts";
import { sentence } from "../../core/sentence.ts";
import { countOf, countText, dependencyText, natsText, perplexityText, shareText } from "../../figure/numberText.ts";
import { clipToCells, textCells } from "../../figure/textCells.ts";
import { verdictOrder } from "../../figure/verdictMark.ts";
import {
  type Audit,
  type AuditFile,
  type AuditRow,
  type DependencySettings,
  problemPlace,
} from "../../report/audit.ts";
import { headline } from "../../report/auditReport.ts";
import { shownRows } from "../../report/rowTable.ts";
import { oneLine } from "../plainText.ts";

/** What a table is drawn on. */
export interface TableStyle {
  readonly columns: number;
  readonly hasColour: boolean;
}

interface Column {
  readonly name: string;
  readonly cells: number;
  readonly isNumber: boolean;
  /** Shown only where the line has at least this many cells. */
  readonly fromColumns: number;
  readonly text: Cell;
}

const gap = "  ";
const narrowestText = 16;
const mostProblems = 20;

type Cell = (row: AuditRow, judged: RowVerdict | null) => string;

const column = (name: string, cells: number, isNumber: boolean, fromColumns: number, text: Cell): Column => {
  return { name, cells, isNumber, fromColumns, text };
};

const rowColumns: readonly Column[] = [
  column("line", 5, true, 0, (row) => String(row.line)),
  column("turn", 4, true, 0, (row) => String(row.turnIdx + 1)),
  column("flag", 7, false, 0, (_, judged) => (judged?.flagged ? "flagged" : "")),
  column("verdict", 16, false, 0, (_, judged) => judged?.verdict ?? "not scored"),
  column("closed", 8, true, 0, (row) => perplexityText(row.measures?.closedPerplexity ?? null)),
  column("open", 8, true, 92, (row) => perplexityText(row.measures?.openPerplexity ?? null)),
  column("gain", 6, true, 0, (row) => natsText(row.measures?.meanGain ?? null)),
  column("dep.", 5, true, 0, (row) => dependencyText(row.dependency)),
  column("perc.", 5, true, 110, (_, judged) => (judged?.percentile == null ? "–" : shareText(judged.percentile, 1))),
  column("tokens", 6, true, 110, (row) => (row.measures ? countText(row.measures.nTargetTokens) : "–")),
];

/** The audit for people: per file a table of its rows in the order of the file, what it comes to, and what went wrong. */
export function* tableReport(audit: Audit, style: TableStyle): Generator<string> {
  const { name, dtype } = audit.model;
  for (const [i, file] of audit.files.entries()) {
    if (i > 0) yield "\n";
    yield* fileTable(file, audit.dependency, style);
  }
  if (audit.files.length > 1)
    yield `\n${paint("bold", `All ${audit.files.length} files: ${headline(audit.files)}.`, style)}\n`;
  yield `\nScored by ${oneLine(name)} (${dtype}).\n`;
  const leak = leakWarning(audit.model);
  if (leak) yield `${paint("yellow", oneLine(sentence(leak.code, leak.data)), style)}\n`;
  yield "closed, open: perplexity of the answer without and with the context. gain: what the context adds, nats per token.\n";
  if (audit.dependency)
    yield "dep.: context-dependency score, the share of attention from the answer on the user's words. It is not causal importance.\n";
  if (style.columns >= 110)
    yield "perc.: percentile, the share of the rows with a context that are at most as hard without it.\n";
}

function* fileTable(file: AuditFile, dependency: DependencySettings | undefined, style: TableStyle): Generator<string> {
  const shapes = [...new Set(file.rows.flatMap((row) => row.shape ?? []))].join(", ");
  yield `${paint("bold", oneLine(file.name), style)}${gap}${shapes}\n`;
  const shown = shownRows(file);
  if (shown.length > 0) yield* tableRows(file, shown, style);
  if (shown.length < file.rows.length) {
    yield `The ${shown.length} of ${countText(file.rows.length)} rows that matter most; all of them: --format jsonl.\n`;
  }
  yield* summary(file, style);
  if (dependency) yield dependencySummary(file, dependency);
  yield* problems(file, style);
}

function* tableRows(file: AuditFile, shown: readonly number[], style: TableStyle): Generator<string> {
  const hasTurns = file.rows.some((row) => row.turnIdx > 0);
  const hasDependency = file.rows.some((row) => row.dependency !== undefined);
  const columns = rowColumns.filter(
    ({ name, fromColumns }) =>
      style.columns >= fromColumns && (hasTurns || name !== "turn") && (hasDependency || name !== "dep."),
  );
  const taken = columns.reduce((sum, { cells }) => sum + cells + gap.length, 0);
  const textRoom = Math.max(narrowestText, style.columns - taken);
  const head = columns.map(({ name, cells, isNumber }) => aligned(name, cells, isNumber));
  yield `${paint("dim", [...head, "question → answer"].join(gap), style)}\n`;
  for (const rowIdx of shown) {
    const row = file.rows[rowIdx];
    if (!row) continue;
    const judged = file.verdicts.rows[rowIdx] ?? null;
    const cells = columns.map(({ text, cells, isNumber }) => {
      const cell = aligned(text(row, judged), cells, isNumber);
      return judged?.flagged && !isNumber ? paint("yellow", cell, style) : cell;
    });
    const line = [...cells, clipToCells(rowText(row), textRoom)].join(gap).trimEnd();
    yield `${judged ? line : paint("red", line, style)}\n`;
  }
}

function rowText(row: AuditRow): string {
  if (row.measures === null && row.problems.length > 0) return row.problems.map(({ code }) => code).join(", ");
  return `${oneLine(row.question)} → ${oneLine(row.answer)}`;
}

function* summary(file: AuditFile, style: TableStyle): Generator<string> {
  const { verdicts } = file;
  const cut = verdicts.thresholds.cut;
  const rule =
    cut === null
      ? ""
      : ` (closed-book perplexity at or below ${perplexityText(cut)}, the ${shareText(verdicts.quantile, 1)} cut)`;
  yield `${paint("bold", `${headline([file])}${rule}.`, style)}\n`;
  const counts = verdictOrder.map((verdict) => `${verdict} ${countText(verdicts.nRowsByVerdict[verdict])}`);
  const nUnscored = verdicts.unscoredRowIdxs.length;
  yield `${[...counts, ...(nUnscored > 0 ? [`not scored ${countText(nUnscored)}`] : [])].join(" · ")}\n`;
  if (!file.isComplete) yield "Stopped early: rows that were not reached are missing, and the flags are provisional.\n";
}

function dependencySummary(file: AuditFile, { layerIdx, threshold }: DependencySettings): string {
  const scores = file.rows.map((row) => row.dependency);
  const { nTurns, nAbove, quartiles } = dependencySpread(scores, threshold);
  const spread = quartiles === null ? "" : `; quartiles ${quartiles.map(dependencyText).join(" · ")}`;
  return `${countText(nAbove)} of ${countOf(nTurns, "turn")} above context-dependency ${threshold} at layer ${layerIdx}${spread}\n`;
}

function* problems(file: AuditFile, style: TableStyle): Generator<string> {
  const ofRows = file.rows.flatMap((row) =>
    row.problems.map((problem) => ({ ...problem, place: `${problemPlace(row, problem)}: ` })),
  );
  const all = [...file.problems.map((problem) => ({ ...problem, place: "" })), ...ofRows];
  for (const { place, sentence, code, severity } of all.slice(0, mostProblems)) {
    yield `${paint(severity === "error" ? "red" : "yellow", `${severity} ${code}`, style)}: ${place}${sentence}\n`;
  }
  if (all.length > mostProblems)
    yield `and ${countOf(all.length - mostProblems, "more problem")}; all of them: --format jsonl\n`;
}

function aligned(text: string, cells: number, isNumber: boolean): string {
  const clipped = clipToCells(text, cells);
  const padding = " ".repeat(Math.max(0, cells - textCells(clipped)));
  return isNumber ? padding + clipped : clipped + padding;
}

function paint(format: "bold" | "dim" | "red" | "yellow", text: string, { hasColour }: TableStyle): string {
  return hasColour ? styleText(format, text, { validateStream: false }) : text;
}
