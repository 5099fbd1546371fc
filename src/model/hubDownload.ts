import { mkdir, readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { CodedError } from "../core/problem.ts";
import type { HubAccess } from "./hubAccess.ts";
import { loadBlob } from "./hubBlob.ts";
import { rememberRevision, repositoryFolder, showInSnapshot, snapshotPath } from "./hubCache.ts";
import type { HubChoice } from "./hubChoice.ts";
import { diskFault } from "./hubPartial.ts";
import { TransferRate } from "./hubRate.ts";
import type { HubFile, HubRepository } from "./hubRepository.ts";
import { defaultPatience, type HubPatience } from "./hubRetry.ts";

/** How far a download is. */
export interface DownloadProgress {
  readonly file: string;
  /** Of all files together, with what was in the cache before. */
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Over the last seconds; null until there is something to tell it from. */
  readonly bytesPerSecond: number | null;
}

export interface DownloadOptions {
  readonly access: HubAccess;
  readonly cacheFolder: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly patience?: HubPatience;
  /** Files as links to their contents; without, as where a system has none, the contents themselves. */
  readonly links?: boolean;
}

/** Told more often, nobody could read it. */
const progressEveryMs = 100;

/**
 * Loads a choice of a repository's files into the cache and returns the model's folder. What is there already is not
 * loaded again, what was begun goes on. The folder holds a graph only when everything that the graph needs is there.
 * @throws CodedError those of `loadBlob`; `hub/disk-full` {folder, neededBytes, freeBytes}.
 */
export async function downloadModel(
  repository: HubRepository,
  choice: HubChoice,
  options: DownloadOptions,
): Promise<string> {
  const { access, cacheFolder, signal, patience = defaultPatience } = options;
  const folder = repositoryFolder(cacheFolder, repository.id);
  const blobs = join(folder, "blobs");
  await mkdir(blobs, { recursive: true }).catch((error) => {
    throw diskFault(error, blobs);
  });
  const missing: HubFile[] = [];
  for (const file of choice.files) {
    if (!(await isWhole(snapshotPath(folder, repository.commit, file.name), file))) missing.push(file);
  }
  await checkSpace(missing, blobs);
  const tell = progressTeller(choice, options);
  let doneBytes = choice.sizeBytes - missing.reduce((sum, file) => sum + file.sizeBytes, 0);
  for (const file of missing) {
    if (signal.aborted) throw new CodedError("hub/cancelled");
    const isNew = !(await isWhole(join(blobs, file.hash), file));
    const onBytes = (fileBytes: number) => tell(file, doneBytes + fileBytes);
    const blob = await loadBlob(repository, file, blobs, { access, patience, signal, onBytes });
    await showInSnapshot(blob, snapshotPath(folder, repository.commit, file.name), {
      isNew,
      links: options.links ?? !process.env.HF_HUB_DISABLE_SYMLINKS,
    });
    doneBytes += file.sizeBytes;
  }
  await rememberRevision(folder, repository.revision, repository.commit);
  return snapshotPath(folder, repository.commit);
}

async function isWhole(path: string, file: HubFile): Promise<boolean> {
  const there = await stat(path).catch(() => null);
  return there?.isFile() === true && there.size === file.sizeBytes;
}

/** Says before hours of loading that the disk is too small; a disk that tells nothing is found out by writing. */
async function checkSpace(missing: readonly HubFile[], blobs: string): Promise<void> {
  const disk = await statfs(blobs).catch(() => null);
  if (disk === null || disk.blocks === 0) return;
  const names = await readdir(blobs);
  let neededBytes = 0;
  for (const file of missing) {
    const here = names.filter((name) => name.startsWith(file.hash)).map((name) => stat(join(blobs, name)));
    const sizes = (await Promise.allSettled(here)).map((each) => (each.status === "fulfilled" ? each.value.size : 0));
    neededBytes += file.sizeBytes - Math.min(file.sizeBytes, Math.max(0, ...sizes));
  }
  const freeBytes = disk.bavail * disk.bsize;
  if (neededBytes > freeBytes) throw new CodedError("hub/disk-full", { folder: blobs, neededBytes, freeBytes });
}

function progressTeller(
  choice: HubChoice,
  { onProgress }: DownloadOptions,
): (file: HubFile, doneBytes: number) => void {
  const rate = new TransferRate();
  let toldMs = Number.NEGATIVE_INFINITY;
  return (file, doneBytes) => {
    const nowMs = performance.now();
    rate.add(nowMs, doneBytes);
    if (nowMs - toldMs < progressEveryMs && doneBytes < choice.sizeBytes) return;
    toldMs = nowMs;
    onProgress?.({
      file: file.name,
      doneBytes,
      totalBytes: choice.sizeBytes,
      bytesPerSecond: rate.bytesPerSecond(),
    });
  };
}
