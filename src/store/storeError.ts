import { CodedError, type ProblemData } from "../core/problem.ts";

/** Primary result codes of SQLite (https://sqlite.org/rescode.html); the extended ones carry them in their low byte. */
const codesBySqliteResult: Readonly<Record<number, string>> = {
  3: "store/read-only",
  5: "store/locked",
  6: "store/locked",
  8: "store/read-only",
  11: "store/corrupt",
  13: "store/disk-full",
  26: "store/corrupt",
};

const codesByFileError: Readonly<Record<string, string>> = {
  EACCES: "store/read-only",
  EPERM: "store/read-only",
  EROFS: "store/read-only",
  ENOSPC: "store/disk-full",
  EDQUOT: "store/disk-full",
};

/**
 * Says what a failure of SQLite or of the file system means for the store at `file`: `store/locked`, `store/read-only`,
 * `store/disk-full`, `store/corrupt`, else `store/unavailable`. A coded error stays what it is.
 */
export function storeError(error: unknown, file: string): CodedError {
  if (error instanceof CodedError) return error;
  const { errcode, code, message } = error as { errcode?: unknown; code?: unknown; message?: unknown };
  const known =
    typeof errcode === "number" ? codesBySqliteResult[errcode & 0xff] : codesByFileError[String(code ?? "")];
  const data: ProblemData = { file, reason: String(message ?? error) };
  return new CodedError(known ?? "store/unavailable", data, { cause: error });
}
