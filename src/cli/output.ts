import { constants, createWriteStream } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CodedError } from "../core/problem.ts";
import { isSameFile } from "./sameFile.ts";

/**
 * Finds out before hours of scoring whether the output file can be written, without making it. What is read is never
 * written.
 * @throws CodedError `cli/not-written`, `cli/writes-input`.
 */
export async function checkOutput(
  path: string | undefined,
  inputs: readonly string[],
  option = "--out",
): Promise<void> {
  if (path === undefined) return;
  for (const input of inputs) {
    if (await isSameFile(input, path)) throw new CodedError("cli/writes-input", { file: path, option });
  }
  try {
    const found = await stat(path).catch(() => null);
    if (found?.isDirectory()) throw Object.assign(new Error("it is a folder"), { code: "EISDIR" });
    await access(found ? path : dirname(path), constants.W_OK);
  } catch (error) {
    throw notWritten(path, error, option);
  }
}

/**
 * Writes text piece by piece, to a file or to the program's own output, as fast as it takes it.
 * @throws CodedError `cli/not-written`.
 */
export async function writeOutput(pieces: Iterable<string>, path: string | undefined, out: Writable): Promise<void> {
  if (path === undefined) return pipeline(Readable.from(pieces), out, { end: false });
  try {
    await pipeline(Readable.from(pieces), createWriteStream(path));
  } catch (error) {
    throw notWritten(path, error);
  }
}

/** `option` is the one that named the path. */
export function notWritten(path: string, error: unknown, option = "--out"): CodedError {
  const reason = (error as NodeJS.ErrnoException).code ?? String(error);
  return new CodedError("cli/not-written", { file: path, reason, option }, { cause: error });
}
