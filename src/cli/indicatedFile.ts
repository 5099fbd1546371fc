import { Buffer } from "node:buffer";
import { createWriteStream } from "node:fs";
import { type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CodedError } from "../core/problem.ts";
import type { DatasetRow } from "../dataset/datasetRows.ts";
import { indicatorInsertions } from "../dataset/indicator.ts";
import type { Shape } from "../dataset/shape.ts";
import type { AuditFile } from "../report/audit.ts";
import { fileRecords } from "./auditFile.ts";
import { notWritten } from "./output.ts";

const chunkBytes = 1024 * 1024;
const option = "--indicate";

/** What tells whether a file is still the one that was scored. */
export interface InputState {
  readonly sizeBytes: number;
  readonly changedAtMs: number;
}

export async function inputState(path: string): Promise<InputState> {
  const { size, mtimeMs } = await stat(path);
  return { sizeBytes: size, changedAtMs: mtimeMs };
}

/**
 * Writes an audited dataset out again, with the indicator behind the user's words of every turn whose score is above the
 * threshold, every other byte as it was. The file appears whole or not at all. Resolves to the number of indicators.
 * @throws CodedError `cli/not-written`; `cli/input-changed` where the dataset is no longer what was scored.
 */
export async function writeIndicated(
  path: string,
  file: AuditFile,
  {
    threshold,
    shape,
    scored,
  }: { readonly threshold: number; readonly shape: Shape | undefined; readonly scored: InputState },
): Promise<number> {
  const above = new Set(file.rows.filter(({ dependency }) => (dependency ?? 0) > threshold).map(rowKey));
  // A link stays a link: what it leads to is written.
  const target = await realpath(path).catch(() => path);
  const draft = `${target}.${process.pid}.tmp`;
  const input = await open(file.name);
  try {
    await checkUnchanged(file.name, scored);
    const counter = { nIndicators: 0 };
    const pieces = indicatedPieces(input, file.name, {
      shape,
      nBytes: scored.sizeBytes,
      counter,
      isAbove: (row) => above.has(rowKey(row)),
    });
    await pipeline(Readable.from(pieces), createWriteStream(draft, { flags: "wx", flush: true }));
    await checkUnchanged(file.name, scored);
    await rename(draft, target);
    return counter.nIndicators;
  } catch (error) {
    await rm(draft, { force: true });
    throw error instanceof CodedError ? error : notWritten(path, error, option);
  } finally {
    await input.close();
  }
}

interface IndicatedPieces {
  readonly shape: Shape | undefined;
  readonly nBytes: number;
  readonly isAbove: (row: DatasetRow) => boolean;
  readonly counter: { nIndicators: number };
}

/** The bytes of the new file. The records are read once more, for their rows say where the user's words are. */
async function* indicatedPieces(
  input: FileHandle,
  path: string,
  { shape, nBytes, isAbove, counter }: IndicatedPieces,
): AsyncGenerator<Uint8Array> {
  let copied = 0;
  for await (const { record, rows } of fileRecords(path, shape)) {
    const above = rows.filter(isAbove).map(({ row }) => row);
    if (above.length === 0) continue;
    const bytes = Buffer.alloc(record.endByte - record.startByte);
    await input.read(bytes, 0, bytes.length, record.startByte);
    for (const { byteOffset, text } of indicatorInsertions(bytes, above)) {
      const place = record.startByte + byteOffset;
      yield* bytesBetween(input, copied, place);
      yield Buffer.from(text, "latin1");
      copied = place;
      counter.nIndicators++;
    }
  }
  yield* bytesBetween(input, copied, nBytes);
}

async function* bytesBetween(input: FileHandle, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let position = start; position < end; ) {
    const chunk = Buffer.alloc(Math.min(chunkBytes, end - position));
    const { bytesRead } = await input.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) return;
    yield chunk.subarray(0, bytesRead);
    position += bytesRead;
  }
}

async function checkUnchanged(path: string, scored: InputState): Promise<void> {
  const { sizeBytes, changedAtMs } = await inputState(path);
  if (sizeBytes !== scored.sizeBytes || changedAtMs !== scored.changedAtMs) {
    throw new CodedError("cli/input-changed", { file: path });
  }
}

function rowKey({ recordIdx, turnIdx }: { readonly recordIdx: number; readonly turnIdx: number }): string {
  return `${recordIdx}/${turnIdx}`;
}
