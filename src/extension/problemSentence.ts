import { l10n } from "vscode";
import { CodedError, type Problem } from "../core/problem.ts";
import { sentence } from "../core/sentence.ts";

/** A problem in one sentence of the editor's language; without its position, which the editor shows by itself. */
export function problemSentence({ code, data }: Pick<Problem, "code" | "data">): string {
  const { line: _line, column: _column, ...facts } = data;
  return sentence(code, facts, (template, values) => l10n.t(template, values));
}

/** What to tell the user of an error: its sentence, or its message when it is not one of ours. */
export function errorSentence(error: unknown): string {
  if (error instanceof CodedError) return problemSentence(error);
  return error instanceof Error ? error.message : String(error);
}

export function isCancelled(error: unknown): boolean {
  return error instanceof CodedError && error.code === "cancelled";
}
