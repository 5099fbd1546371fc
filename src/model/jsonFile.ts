import { readFile, stat } from "node:fs/promises";
import { CodedError } from "../core/problem.ts";

/** A JSON object whose fields are still to be checked. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Says whether a parsed JSON value is an object with fields. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads a text file of at most `maxBytes`; null when there is no such file.
 * @throws CodedError `model/file-too-large` {file, sizeBytes, maxBytes}, `model/file-unreadable` {file, reason}.
 */
export async function readLimitedText(file: string, maxBytes: number): Promise<string | null> {
  try {
    const { size } = await stat(file);
    if (size > maxBytes) throw new CodedError("model/file-too-large", { file, sizeBytes: size, maxBytes });
    return (await readFile(file, "utf8")).replace(/^\uFEFF/, "");
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
export async function readJsonObject(file: string, maxBytes: number): Promise<JsonObject | null> {
  const text = await readLimitedText(file, maxBytes);
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
