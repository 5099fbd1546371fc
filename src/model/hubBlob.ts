import { stat } from "node:fs/promises";
import { join } from "node:path";
import { CodedError } from "../core/problem.ts";
import type { HubAccess } from "./hubAccess.ts";
import { PartialFile } from "./hubPartial.ts";
import type { HubFile, HubRepository } from "./hubRepository.ts";
import { askHub, networkFault } from "./hubRequest.ts";
import { attemptAgain, type HubPatience } from "./hubRetry.ts";

// Own code and not @huggingface/hub, whose downloads begin anew after a cut, compare no hash and take no signal.

export interface BlobOptions {
  readonly access: HubAccess;
  readonly patience: HubPatience;
  readonly signal: AbortSignal;
  /** Told how much of the file is there; less than before where it had to begin anew. */
  readonly onBytes: (doneBytes: number) => void;
}

/** An attempt that brought less than this does not count as progress: a server must not drip a file out for ever. */
const advanceBytes = 256 * 1024;

/**
 * Loads one file into `blobsFolder` under its hash and returns its path; goes on where an earlier attempt ended.
 * @throws CodedError those of `askHub`; `hub/connection-lost` {file, doneBytes, sizeBytes, reason},
 * `hub/size-mismatch` {file, sizeBytes, receivedBytes}, `hub/checksum-mismatch` {file},
 * `hub/disk-full` {folder}, `hub/not-written` {folder, reason}, `hub/cancelled`.
 */
export async function loadBlob(
  repository: HubRepository,
  file: HubFile,
  blobsFolder: string,
  options: BlobOptions,
): Promise<string> {
  const path = join(blobsFolder, file.hash);
  const there = await stat(path).catch(() => null);
  if (there?.size === file.sizeBytes) return path;
  const partial = await PartialFile.open(file, blobsFolder);
  try {
    const { isTakenOver } = partial;
    await fill(partial, repository, file, options);
    if (!partial.isWhole() && isTakenOver) {
      // The beginning is of an earlier process: it is that what may be wrong, not what the hub sends.
      await partial.restart();
      await fill(partial, repository, file, options);
    }
  } catch (error) {
    const isUseless = error instanceof CodedError && error.code === "hub/size-mismatch";
    await (isUseless ? partial.remove() : partial.leave());
    throw error;
  }
  if (!partial.isWhole()) {
    await partial.remove();
    throw new CodedError("hub/checksum-mismatch", { file: file.name });
  }
  await partial.moveTo(path);
  return path;
}

async function fill(
  partial: PartialFile,
  repository: HubRepository,
  file: HubFile,
  options: BlobOptions,
): Promise<void> {
  const { patience, signal, onBytes } = options;
  const answer: Answer = { entityTag: null };
  let startBytes = 0;
  onBytes(partial.sizeBytes);
  const attempt = async () => {
    startBytes = partial.sizeBytes;
    if (startBytes < file.sizeBytes) await receive(partial, repository, file, answer, options);
  };
  try {
    await attemptAgain(attempt, patience, signal, () => partial.sizeBytes - startBytes >= advanceBytes);
  } catch (error) {
    // With a part of the file here, it is not the hub that is out of reach but the connection that was lost.
    if (error instanceof CodedError && error.code === "hub/unreachable" && partial.sizeBytes > 0) {
      throw connectionLost(file, partial.sizeBytes, String(error.data.reason), error);
    }
    throw error;
  }
}

/** What the attempts for one file know of the answers before. */
interface Answer {
  /** Strong ETag of the file where it was last; with it a server sends a changed file from its beginning. */
  entityTag: string | null;
}

/** One request and its bytes. */
async function receive(
  partial: PartialFile,
  repository: HubRepository,
  file: HubFile,
  answer: Answer,
  { access, patience, signal, onBytes }: BlobOptions,
): Promise<void> {
  const stalled = new AbortController();
  const stop = () => stalled.abort(new DOMException("no data", "TimeoutError"));
  const timer = setTimeout(stop, patience.stallMs);
  const limited = AbortSignal.any([signal, stalled.signal]);
  const { id, commit } = repository;
  try {
    const response = await askHub(access, {
      path: `/${id}/resolve/${commit}/${file.name.split("/").map(encodeURIComponent).join("/")}`,
      headers: rangeHeaders(partial.sizeBytes, answer.entityTag),
      subject: { id, revision: commit, file: file.name },
      signal: limited,
    });
    await alignStart(partial, file, response);
    answer.entityTag = strongTag(response);
    for await (const bytes of response.body ?? []) {
      timer.refresh();
      const receivedBytes = partial.sizeBytes + bytes.length;
      if (receivedBytes > file.sizeBytes) throw sizeMismatch(file, receivedBytes);
      await partial.append(bytes);
      onBytes(partial.sizeBytes);
    }
    if (partial.sizeBytes < file.sizeBytes) throw connectionLost(file, partial.sizeBytes, "the answer ended early");
  } catch (error) {
    throw networkFault(error, limited, (reason) => connectionLost(file, partial.sizeBytes, reason, error));
  } finally {
    clearTimeout(timer);
  }
}

function rangeHeaders(startBytes: number, entityTag: string | null): Record<string, string> {
  if (startBytes === 0) return {};
  return { range: `bytes=${startBytes}-`, ...(entityTag === null ? {} : { "if-range": entityTag }) };
}

/** Makes the partial file end where the answer begins, and compares the answer's size with the announced one. */
async function alignStart(partial: PartialFile, file: HubFile, response: Response): Promise<void> {
  const { status, headers } = response;
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
    const isAsAsked = range !== null && Number(range[1]) === partial.sizeBytes;
    if (isAsAsked && range[2] !== "*" && Number(range[2]) !== file.sizeBytes)
      throw sizeMismatch(file, Number(range[2]));
    if (isAsAsked) return;
  }
  if (status === 200 && headers.get("content-encoding") === null) {
    const length = headers.get("content-length");
    if (length !== null && Number(length) !== file.sizeBytes) throw sizeMismatch(file, Number(length));
  }
  await partial.restart();
  if (status === 200) return;
  // A range that is refused (416) or not the one that was asked for: the next attempt asks for the whole.
  await response.body?.cancel();
  throw connectionLost(file, 0, "the server gave another part of the file");
}

function strongTag(response: Response): string | null {
  const tag = response.headers.get("etag");
  return tag?.startsWith('"') ? tag : null;
}

function sizeMismatch(file: HubFile, receivedBytes: number): CodedError {
  return new CodedError("hub/size-mismatch", { file: file.name, sizeBytes: file.sizeBytes, receivedBytes });
}

function connectionLost(file: HubFile, doneBytes: number, reason: string, cause?: unknown): CodedError {
  const facts = { file: file.name, doneBytes, sizeBytes: file.sizeBytes, reason };
  return new CodedError("hub/connection-lost", facts, { cause });
}
