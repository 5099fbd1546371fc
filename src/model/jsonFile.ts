import { readFileSync, statSync } from "node:fs";
import { CodedError } from "../core/problem.ts";

/** A JSON object whose fields are still to be checked. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Says whether a parsed JSON value is an object with fields. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads a text file of at most `maxBytes`; null when there is no such file. At once: a model's dozen small files follow
 * one another, and waiting for turns of the event loop takes longer than reading them.
 * @throws CodedError `model/file-too-large` {file, sizeBytes, maxBytes}, `model/file-unreadable` {file, reason}.
 */
export function readLimitedText(file: string, maxBytes: number): string | null {
  try {
    const { size } = statSync(file);
    if (size > maxBytes) throw new CodedError("model/file-too-large", { file, sizeBytes: size, maxBytes });
    return readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    if (error instanceof CodedError) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    if (reason === "ENOENT" || reason === "ENOTDIR") return null;
    throw new CodedError("model/file-unreadable", { file, reason }, { cause: error });
  }
}

/**
 * Reads a JSON object of at most `maxBytes`; null when there is no such file.
 * @throws CodedError `model/file-invalid` {file, reason} when it is not a JSON object, and those of `readLimitedText`.
 */
export function readJsonObject(file: string, maxBytes: number): JsonObject | null {
  const text = readLimitedText(file, maxBytes);
  if (text === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CodedError("model/file-invalid", { file, reason: (error as Error).message.slice(0, 200) });
  }
  if (!isJsonObject(value)) throw new CodedError("model/file-invalid", { file, reason: "not a JSON object" });
  return value;
}
