import { styleText } from "node:util";
import { countOf, countText, natsText, perplexityText, shareText } from "../../figure/numberText.ts";
import { clipToCells, textCells } from "../../figure/textCells.ts";
import { verdictOrder } from "../../figure/verdictMark.ts";
import { type Audit, type AuditFile, problemPlace } from "../../report/audit.ts";
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
  readonly text: (file: AuditFile, rowIdx: number) => string;
}

const gap = "  ";
const narrowestText = 16;
const mostProblems = 20;

const rowColumns: readonly Column[] = [
  { name: "line", cells: 5, isNumber: true, fromColumns: 0, text: (file, i) => String(file.rows[i]?.line ?? "") },
  {
    name: "flag",
    cells: 7,
    isNumber: false,
    fromColumns: 0,
    text: (file, i) => (file.verdicts.rows[i]?.flagged ? "flagged" : ""),
  },
  {
    name: "verdict",
    cells: 16,
    isNumber: false,
    fromColumns: 0,
    text: (file, i) => file.verdicts.rows[i]?.verdict ?? "not scored",
  },
  {
    name: "closed",
    cells: 8,
    isNumber: true,
    fromColumns: 0,
    text: ({ rows }, i) => perplexityText(rows[i]?.measures?.closedPerplexity ?? null),
  },
  {
    name: "open",
    cells: 8,
    isNumber: true,
    fromColumns: 92,
    text: ({ rows }, i) => perplexityText(rows[i]?.measures?.openPerplexity ?? null),
  },
  {
    name: "gain",
    cells: 6,
    isNumber: true,
    fromColumns: 0,
    text: ({ rows }, i) => natsText(rows[i]?.measures?.meanGain ?? null),
  },
  { name: "perc.", cells: 5, isNumber: true, fromColumns: 110, text: percentileText },
  {
    name: "tokens",
    cells: 6,
    isNumber: true,
    fromColumns: 110,
    text: ({ rows }, i) => countText(rows[i]?.measures?.nTargetTokens ?? 0),
  },
];

/** The audit for people: per file a table of its rows in the order of the file, what it comes to, and what went wrong. */
export function* tableReport(audit: Audit, style: TableStyle): Generator<string> {
  const { name, dtype } = audit.model;
  for (const [i, file] of audit.files.entries()) {
    if (i > 0) yield "\n";
    yield* fileTable(file, style);
  }
  if (audit.files.length > 1)
    yield `\n${paint("bold", `${headline(audit.files)} in ${audit.files.length} files.`, style)}\n`;
  yield `Scored by ${oneLine(name)} (${dtype}). closed, open: perplexity of the answer without and with the context; gain: nats per token.\n`;
}

function* fileTable(file: AuditFile, style: TableStyle): Generator<string> {
  const shapes = [...new Set(file.rows.flatMap((row) => row.shape ?? []))].join(", ");
  yield `${paint("bold", oneLine(file.name), style)}${gap}${shapes}\n`;
  const shown = shownRows(file);
  if (shown.length > 0) yield* tableRows(file, shown, style);
  if (shown.length < file.rows.length) {
    yield `The ${shown.length} of ${countText(file.rows.length)} rows that matter most; all of them: --format jsonl.\n`;
  }
  yield* summary(file, style);
  yield* problems(file, style);
}

function* tableRows(file: AuditFile, shown: readonly number[], style: TableStyle): Generator<string> {
  const columns = rowColumns.filter(({ fromColumns }) => style.columns >= fromColumns);
  const taken = columns.reduce((sum, { cells }) => sum + cells + gap.length, 0);
  const textRoom = Math.max(narrowestText, style.columns - taken);
  const head = columns.map(({ name, cells, isNumber }) => aligned(name, cells, isNumber));
  yield `${paint("dim", [...head, "question → answer"].join(gap), style)}\n`;
  for (const rowIdx of shown) {
    const judged = file.verdicts.rows[rowIdx] ?? null;
    const cells = columns.map((column) => {
      const text = aligned(column.text(file, rowIdx), column.cells, column.isNumber);
      return judged?.flagged && !column.isNumber ? paint("yellow", text, style) : text;
    });
    const line = [...cells, clipToCells(rowText(file, rowIdx), textRoom)].join(gap).trimEnd();
    yield `${judged ? line : paint("red", line, style)}\n`;
  }
}

function rowText(file: AuditFile, rowIdx: number): string {
  const row = file.rows[rowIdx];
  if (!row) return "";
  if (row.measures === null && row.problems.length > 0) return row.problems.map(({ code }) => code).join(", ");
  return `${oneLine(row.question)} → ${oneLine(row.answer)}`;
}

function percentileText(file: AuditFile, rowIdx: number): string {
  const percentile = file.verdicts.rows[rowIdx]?.percentile ?? null;
  return percentile === null ? "–" : shareText(percentile, 1);
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
