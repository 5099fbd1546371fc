import type { DatasetVerdicts } from "../core/datasetVerdicts.ts";
import type { ModelIdentity } from "../core/modelIdentity.ts";
import type { RowMeasures } from "../core/rowMeasures.ts";

/** Something wrong with a row or a file, already in words. */
export interface AuditProblem {
  readonly code: string;
  readonly severity: "error" | "warning" | "information";
  readonly sentence: string;
  /** Where in its line, counted from 1; null for what has no place. */
  readonly column: number | null;
}

/** One row of an audited file: where it stands, a glimpse of its text, and what was measured. */
export interface AuditRow {
  /** Line of the file on which the row's record begins, counted from 1. */
  readonly line: number;
  /** Which record of the file, counted from 0; -1 for a line that holds no record. */
  readonly recordIdx: number;
  /** Which assistant turn of the record, counted from 0. */
  readonly turnIdx: number;
  /** How the record was understood, e.g. `alpaca`; null when it was not. */
  readonly shape: string | null;
  /** Beginnings of the instruction and of the target. */
  readonly question: string;
  readonly answer: string;
  /** Null for a row that could not be scored; its problems say why. */
  readonly measures: RowMeasures | null;
  /** The context-dependency score, in [0, 1]; null where there is none, absent when it was not asked for. */
  readonly dependency?: number | null;
  readonly problems: readonly AuditProblem[];
}

/** An audited file: a dataset of its own, with a cut of its own. */
export interface AuditFile {
  readonly name: string;
  readonly rows: readonly AuditRow[];
  /** Of `rows`, in their order. */
  readonly verdicts: DatasetVerdicts;
  /** What concerns the file and no single row. */
  readonly problems: readonly AuditProblem[];
  /** False when the run was stopped before every row was scored; the flags are then provisional. */
  readonly isComplete: boolean;
}

/** One token of a row's target with and without the context, nats. */
export interface CloseUpToken {
  readonly text: string;
  readonly openLogProb: number;
  readonly closedLogProb: number;
}

/** A row shown token by token, and why it was picked. */
export interface CloseUp {
  readonly rowIdx: number;
  readonly reason: string;
  readonly tokens: readonly CloseUpToken[];
}

/** How the context-dependency scores of an audit were made. */
export interface DependencySettings {
  /** Counted from 0 among the layers with attention. */
  readonly layerIdx: number;
  /** A turn above this depends on its context. */
  readonly threshold: number;
}

/** A finished audit: everything a report shows. */
export interface Audit {
  readonly programVersion: string;
  readonly finishedAtMs: number;
  /** The model whose log-probabilities the numbers are. */
  readonly model: ModelIdentity;
  /** Absent when they were not asked for. */
  readonly dependency?: DependencySettings;
  readonly files: readonly AuditFile[];
}

/** `line 12`, or `line 12, turn 2` for a later turn of a conversation. */
export function rowName(row: AuditRow): string {
  return row.turnIdx > 0 ? `line ${row.line}, turn ${row.turnIdx + 1}` : `line ${row.line}`;
}

/** `line 13, column 5`, or `line 13` for a problem without a column. */
export function problemPlace(row: AuditRow, problem: AuditProblem): string {
  return problem.column === null ? `line ${row.line}` : `line ${row.line}, column ${problem.column}`;
}
