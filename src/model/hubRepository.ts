import { CodedError } from "../core/problem.ts";
import type { HubAccess } from "./hubAccess.ts";
import { defaultRevision, type HubId, isCommitHash, isSafeName } from "./hubNames.ts";
import { askHub, networkFault } from "./hubRequest.ts";
import { attemptAgain, defaultPatience, type HubPatience } from "./hubRetry.ts";
import { isJsonObject, type JsonObject } from "./jsonFile.ts";

/** A file as the hub announces it. */
export interface HubFile {
  /** Path inside the repository, checked to stay inside any folder. */
  readonly name: string;
  readonly sizeBytes: number;
  /** sha256 of the content for large files, git's own hash for the others; lower-case hex, the blob's name in the cache. */
  readonly hash: string;
  readonly hashKind: "sha256" | "git";
}

/** The files of a repository in one state that cannot change any more. */
export interface HubRepository {
  readonly id: string;
  /** As it was asked for. */
  readonly revision: string;
  /** What the revision stood for when it was asked; everything is loaded from this commit. */
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/** A list for 100,000 files has about 20 MB; model repositories hold dozens. */
const maxListBytes = 32 << 20;
const listTimeoutMs = 60_000;
/** A person waits for the list: whether there is a connection at all is said after two seconds. */
const listPatience: HubPatience = { ...defaultPatience, nAttempts: 3, firstWaitMs: 500 };

/**
 * Asks the hub which files a model has, with their sizes and hashes, and pins the revision to its commit.
 * @throws CodedError those of `askHub`; `hub/list-invalid` {id, endpoint, reason}; `hub/unsafe-name` {id, name}.
 */
export async function readHubRepository(
  { id, revision }: HubId,
  access: HubAccess,
  signal: AbortSignal,
  patience: HubPatience = listPatience,
): Promise<HubRepository> {
  const asked = revision ?? defaultRevision;
  const text = await attemptAgain(() => listText(id, asked, access, signal), patience, signal);
  const invalid = (reason: string) => new CodedError("hub/list-invalid", { id, endpoint: access.endpoint, reason });
  const list = parsed(text, invalid);
  const commit = list.sha;
  if (typeof commit !== "string" || !isCommitHash(commit)) throw invalid("no commit");
  if (!Array.isArray(list.siblings)) throw invalid("no files");
  const files = list.siblings.map((entry: unknown) => {
    if (!isJsonObject(entry) || typeof entry.rfilename !== "string") throw invalid("a file without a name");
    if (!isSafeName(entry.rfilename)) throw new CodedError("hub/unsafe-name", { id, name: entry.rfilename });
    return hubFile(entry.rfilename, entry, invalid);
  });
  return { id, revision: asked, commit, files };
}

async function listText(id: string, revision: string, access: HubAccess, signal: AbortSignal): Promise<string> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(listTimeoutMs)]);
  const path = `/api/models/${id}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const response = await askHub(access, { path, subject: { id, revision }, signal: limited });
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const piece of response.body ?? []) {
      sizeBytes += piece.length;
      if (sizeBytes > maxListBytes) {
        throw new CodedError("hub/list-invalid", { id, endpoint: access.endpoint, reason: "too long" });
      }
      pieces.push(piece);
    }
  } catch (error) {
    throw networkFault(error, limited, (reason) => {
      return new CodedError("hub/unreachable", { endpoint: access.endpoint, reason }, { cause: error });
    });
  }
  return Buffer.concat(pieces).toString("utf8");
}

function parsed(text: string, invalid: (reason: string) => CodedError): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch {
    // Said below: a sign-in page of a public network is no JSON either.
  }
  throw invalid("not JSON");
}

function hubFile(name: string, entry: JsonObject, invalid: (reason: string) => CodedError): HubFile {
  const large = isJsonObject(entry.lfs) ? entry.lfs : null;
  const sizeBytes = large?.size ?? entry.size;
  const hash = large ? large.sha256 : entry.blobId;
  const hashPattern = large ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/;
  if (!Number.isSafeInteger(sizeBytes) || Number(sizeBytes) < 0) throw invalid("a file without a size");
  if (typeof hash !== "string" || !hashPattern.test(hash)) throw invalid("a file without a hash");
  return { name, sizeBytes: Number(sizeBytes), hash, hashKind: large ? "sha256" : "git" };
}
