import { CodedError, type Problem, type ProblemData } from "../core/problem.ts";
import { sentence } from "../core/sentence.ts";
import type { AuditProblem } from "../report/audit.ts";

/** A problem in words, without its line: whatever shows it shows the row's line next to it. */
export function auditProblem({ code, severity, data }: Problem): AuditProblem {
  const { line: _line, column, ...facts } = data;
  return { code, severity, sentence: sentence(code, facts), column: typeof column === "number" ? column : null };
}

/** What goes to stderr when the program cannot go on: `error CODE: sentence`. */
export function errorLine(error: unknown): string {
  if (error instanceof CodedError) return problemLine("error", error.code, error.data);
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return problemLine("error", "cli/unexpected", { reason });
}

/** `warning store/locked: …`, on one line. */
export function problemLine(severity: Problem["severity"], code: string, data: ProblemData): string {
  return `${severity} ${code}: ${sentence(code, data)}\n`;
}
