import { type ConflictFlag, conflictFlags } from "../core/conflictQuality.ts";
import type { Problem } from "../core/problem.ts";
import { type ConflictQuestion, readConflictQuestion } from "../dataset/conflictRecord.ts";
import { fileBytes, readByteRecords } from "../dataset/datasetFile.ts";
import type { DatasetProblem } from "../dataset/datasetRecord.ts";
import { locate } from "../dataset/datasetRows.ts";
import { fileSizeBytes, readError } from "./auditFile.ts";

/** A question of a file with its place and what is wrong with it. */
export interface ConflictItem {
  /** 1-based line on which the record begins. */
  readonly line: number;
  readonly question: ConflictQuestion;
  readonly flags: readonly ConflictFlag[];
}

/** The questions of a file, and what keeps other records from being questions. */
export interface ConflictFile {
  readonly items: readonly ConflictItem[];
  /** Rows that ask nothing, and remarks on rows that do; each with its line and column. */
  readonly problems: readonly DatasetProblem[];
  readonly nUnreadable: number;
}

/**
 * Reads a conflict file: JSON Lines or a JSON array.
 * @throws CodedError `cli/file-missing`, `cli/file-unreadable`.
 */
export async function readConflictFile(path: string, groupKey: string | null): Promise<ConflictFile> {
  await fileSizeBytes(path);
  const found: { line: number; question: ConflictQuestion }[] = [];
  const problems: DatasetProblem[] = [];
  let nUnreadable = 0;
  try {
    for await (const records of readByteRecords(fileBytes(path))) {
      for (const record of records) {
        problems.push(...record.problems);
        const reading = record.value && readConflictQuestion(record.value, groupKey);
        if (reading) problems.push(...locate(record, reading.problems));
        if (reading?.question) found.push({ line: record.line, question: reading.question });
        else if (reading || record.problems.some(isError)) nUnreadable++;
      }
    }
  } catch (error) {
    throw readError(path, error);
  }
  const flags = conflictFlags(found.map(({ question }) => question));
  return { items: found.map((item, idx) => ({ ...item, flags: flags[idx] ?? [] })), problems, nUnreadable };
}

function isError({ severity }: Problem): boolean {
  return severity === "error";
}
