import { createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CodedError } from "../core/problem.ts";

/**
 * Finds out before hours of scoring whether the output file can be written; makes it when it is not there.
 * @throws CodedError `cli/not-written`.
 */
export async function checkOutput(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  try {
    await (await open(path, "a")).close();
  } catch (error) {
    throw notWritten(path, error);
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

function notWritten(path: string, error: unknown): CodedError {
  const reason = (error as NodeJS.ErrnoException).code ?? String(error);
  return new CodedError("cli/not-written", { file: path, reason }, { cause: error });
}
