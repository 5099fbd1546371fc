import { createHash, type Hash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { CodedError } from "../core/problem.ts";
import type { HubFile } from "./hubRepository.ts";

/**
 * A partial file of a process that may be alive, such as one of another computer on a shared disk, is left alone for
 * this long after its last byte. A download that brings nothing is given up before.
 */
const abandonedAfterMs = 5 * 60_000;

/** This computer in the names of partial files: whether a process lives can only be told of one's own. */
const here = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

/**
 * A file on its way into the cache, in a name of its own: `<hash>.<computer>-<process>-<number>.part` while somebody
 * writes it, `<hash>.part` when it waits to be gone on with. Two processes never write one file, without a lock that
 * could be left behind; what a process that was killed had loaded is taken over.
 */
export class PartialFile {
  readonly #file: HubFile;
  readonly #blobsFolder: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  #hash: Hash;
  #sizeBytes = 0;
  #isTakenOver = false;

  private constructor(file: HubFile, blobsFolder: string, path: string, handle: FileHandle) {
    this.#file = file;
    this.#blobsFolder = blobsFolder;
    this.#path = path;
    this.#handle = handle;
    this.#hash = startHash(file);
  }

  /** Opens what is left of an earlier attempt, or an empty file. @throws CodedError `hub/disk-full`, `hub/not-written`. */
  static async open(file: HubFile, blobsFolder: string): Promise<PartialFile> {
    const path = join(blobsFolder, `${file.hash}.${here}-${process.pid}-${randomBytes(4).toString("hex")}.part`);
    const isTakenOver = await takeOver(file, blobsFolder, path);
    const handle = await open(path, isTakenOver ? "r+" : "wx").catch((error) => {
      throw diskFault(error, blobsFolder);
    });
    const partial = new PartialFile(file, blobsFolder, path, handle);
    try {
      if (isTakenOver) await partial.#readBack();
    } catch (error) {
      await handle.close();
      throw diskFault(error, blobsFolder);
    }
    return partial;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Whether the first bytes are of an earlier process, which may have had them from elsewhere. */
  get isTakenOver(): boolean {
    return this.#isTakenOver;
  }

  /** @throws CodedError `hub/disk-full` {folder}, `hub/not-written` {folder, reason}. */
  async append(bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) {
        done += (await this.#handle.write(bytes, done, bytes.length - done, this.#sizeBytes + done)).bytesWritten;
      }
    } catch (error) {
      throw diskFault(error, this.#blobsFolder);
    }
    this.#hash.update(bytes);
    this.#sizeBytes += bytes.length;
  }

  /** Forgets what was loaded. */
  async restart(): Promise<void> {
    await this.#handle.truncate(0);
    this.#hash = startHash(this.#file);
    this.#sizeBytes = 0;
    this.#isTakenOver = false;
  }

  /** Whether the bytes are the ones the hub announced. To be asked once, at the end. */
  isWhole(): boolean {
    return this.#sizeBytes === this.#file.sizeBytes && this.#hash.copy().digest("hex") === this.#file.hash;
  }

  /** Puts the file in its place at once. @throws CodedError `hub/disk-full`, `hub/not-written`. */
  async moveTo(path: string): Promise<void> {
    try {
      // The name must not outlive a power cut that the bytes do not.
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.#path, path);
    } catch (error) {
      await this.#handle.close().catch(() => undefined);
      // Windows does not replace a file that is open: another process was first and has it in use.
      const there = await stat(path).catch(() => null);
      await rm(this.#path, { force: true });
      if (there?.size !== this.#file.sizeBytes) throw diskFault(error, this.#blobsFolder);
    }
  }

  /** Leaves what was loaded to the next attempt. */
  async leave(): Promise<void> {
    await this.#handle.close();
    if (this.#sizeBytes === 0) return rm(this.#path, { force: true });
    await rename(this.#path, join(this.#blobsFolder, `${this.#file.hash}.part`)).catch(() => undefined);
  }

  async remove(): Promise<void> {
    await this.#handle.close();
    await rm(this.#path, { force: true });
  }

  async #readBack(): Promise<void> {
    const { sizeBytes } = this.#file;
    const { size } = await this.#handle.stat();
    if (size > sizeBytes) return this.restart();
    for await (const bytes of createReadStream(this.#path)) {
      this.#hash.update(bytes);
      this.#sizeBytes += bytes.length;
    }
    this.#isTakenOver = this.#sizeBytes > 0;
  }
}

/** Git hashes a file with its type and size before it. */
function startHash(file: HubFile): Hash {
  return file.hashKind === "sha256" ? createHash("sha256") : createHash("sha1").update(`blob ${file.sizeBytes}\0`);
}

/** Renames a partial file that nobody writes to `path`; of several processes that try, one succeeds. */
async function takeOver(file: HubFile, blobsFolder: string, path: string): Promise<boolean> {
  const names = (await readdir(blobsFolder)).filter((name) => name.startsWith(file.hash) && name.endsWith(".part"));
  for (const name of names) {
    const candidate = join(blobsFolder, name);
    if (!(await isAbandoned(name, candidate))) continue;
    try {
      await rename(candidate, path);
      return true;
    } catch {
      // Somebody else took it in between.
    }
  }
  return false;
}

async function isAbandoned(name: string, path: string): Promise<boolean> {
  const [, owner] = name.split(".");
  if (owner === "part") return true;
  const [computer, processId] = owner?.split("-") ?? [];
  if (computer === here && !isAlive(Number(processId))) return true;
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
  return Date.now() - mtimeMs > abandonedAfterMs;
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** What kept a file from being written, as a code. */
export function diskFault(error: unknown, folder: string): unknown {
  if (error instanceof CodedError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  if (code === "ENOSPC" || code === "EDQUOT") return new CodedError("hub/disk-full", { folder }, { cause: error });
  return new CodedError("hub/not-written", { folder, reason: code }, { cause: error });
}
