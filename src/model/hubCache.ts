import { randomBytes } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { CodedError } from "../core/problem.ts";
import { defaultRevision, type HubId, isCommitHash, isHubId, isSafeName, parseHubId } from "./hubNames.ts";
import { diskFault } from "./hubPartial.ts";
import { graphDtypes, openModelFolder } from "./modelFolder.ts";

// The layout is the one of huggingface_hub, so that its files are found here and ours there:
//   models--org--name/blobs/<hash>                 the contents
//   models--org--name/snapshots/<commit>/<file>    a relative link to the content
//   models--org--name/refs/<revision>              the commit that a branch or tag stood for

/** A model in the cache that can be opened. */
export interface CachedModel {
  readonly id: string;
  readonly commit: string;
  /** The snapshot: a model folder. */
  readonly folder: string;
  /** What its graphs' names say of their weights, best first. */
  readonly dtypes: readonly string[];
  /** The graph that would be opened, with its external data. */
  readonly sizeBytes: number;
}

/** The folder of a repository in the cache. */
export function repositoryFolder(cacheFolder: string, id: string): string {
  return join(cacheFolder, `models--${id.replaceAll("/", "--")}`);
}

/** Where a file of a commit is seen in the cache. */
export function snapshotPath(repository: string, commit: string, name = ""): string {
  return join(repository, "snapshots", commit, name);
}

/**
 * Shows a content under its name in a snapshot. Where links cannot be made, as on Windows without the developer mode,
 * the content is moved there when it is new and copied otherwise, as huggingface_hub does.
 * @throws CodedError `hub/disk-full`, `hub/not-written`.
 */
export async function showInSnapshot(
  blob: string,
  path: string,
  options: { isNew: boolean; links: boolean },
): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString("hex")}.draft`;
  try {
    await mkdir(dirname(path), { recursive: true });
    if (options.links && (await isLinked(blob, draft))) return await rename(draft, path);
    if (options.isNew) return await rename(blob, path);
    await copyFile(blob, draft);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw diskFault(error, dirname(path));
  }
}

async function isLinked(blob: string, path: string): Promise<boolean> {
  try {
    // Relative: the cache may be moved.
    await symlink(relative(dirname(path), blob), path, "file");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") throw error;
    return false;
  }
}

/** Remembers which commit a branch or tag stood for, for whoever asks without a connection. */
export async function rememberRevision(repository: string, revision: string, commit: string): Promise<void> {
  if (isCommitHash(revision)) return;
  const path = join(repository, "refs", revision);
  const draft = `${path}.${randomBytes(4).toString("hex")}.draft`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, commit);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw diskFault(error, dirname(path));
  }
}

/**
 * The newest model of an id in the cache, or the one of its revision; null where there is none that can be opened.
 * Nothing is asked of the hub.
 */
export async function findCachedModel(cacheFolder: string, { id, revision }: HubId): Promise<CachedModel | null> {
  const repository = repositoryFolder(cacheFolder, id);
  const commit = await rememberedCommit(repository, revision ?? defaultRevision);
  const remembered = commit === null ? null : await cachedModel(repository, id, commit);
  if (remembered !== null || revision !== null) return remembered;
  return (await snapshots(repository, id))[0] ?? null;
}

/** Every model in the cache that has an ONNX graph and a tokenizer, one per repository: the one `findCachedModel` finds. */
export async function listCachedModels(cacheFolder: string): Promise<CachedModel[]> {
  const names = await readdir(cacheFolder).catch(() => []);
  const ids = names.flatMap((name) => {
    const id = name.startsWith("models--") ? name.slice("models--".length).replaceAll("--", "/") : "";
    return isHubId(id) ? [id] : [];
  });
  const models = await Promise.all(ids.map((id) => findCachedModel(cacheFolder, { id, revision: null })));
  return models.filter((model) => model !== null).sort((a, b) => a.id.localeCompare(b.id));
}

/**
 * The folder that a person means by `--model`: a path that exists, else the model of that id in the cache. Anything
 * else is returned as it is, for `openModelFolder` to say what is wrong. Nothing is downloaded.
 * @throws CodedError `hub/not-cached` {id, cacheFolder} where the text is no path but may be an id.
 */
export async function modelFolderFor(text: string, cacheFolder: string): Promise<string> {
  if (await stat(text).catch(() => null)) return text;
  const id = text.includes("@") ? text.slice(0, text.indexOf("@")) : text;
  if (!id.includes("/") || !isHubId(id)) return text;
  const cached = await findCachedModel(cacheFolder, parseHubId(text));
  if (cached === null) throw new CodedError("hub/not-cached", { id: text, cacheFolder });
  return cached.folder;
}

async function rememberedCommit(repository: string, revision: string): Promise<string | null> {
  if (isCommitHash(revision)) return revision;
  if (!isSafeName(revision)) return null;
  const text = await readFile(join(repository, "refs", revision), "utf8").catch(() => "");
  return isCommitHash(text.trim()) ? text.trim() : null;
}

/** All models among a repository's snapshots, the newest first. */
async function snapshots(repository: string, id: string): Promise<CachedModel[]> {
  const commits = await readdir(join(repository, "snapshots")).catch(() => []);
  const dated = await Promise.all(
    commits.map(async (commit) => {
      const model = await cachedModel(repository, id, commit);
      const { mtimeMs } = await stat(snapshotPath(repository, commit)).catch(() => ({ mtimeMs: 0 }));
      return { model, mtimeMs };
    }),
  );
  return dated.sort((a, b) => b.mtimeMs - a.mtimeMs).flatMap(({ model }) => model ?? []);
}

async function cachedModel(repository: string, id: string, commit: string): Promise<CachedModel | null> {
  const folder = snapshotPath(repository, commit);
  try {
    const { graphFile, graphs } = await openModelFolder(folder);
    const dtypes = [...new Set(graphs.map(graphDtype))];
    return { id, commit, folder, dtypes, sizeBytes: await graphSizeBytes(graphFile) };
  } catch (error) {
    // Most repositories in a cache are no ONNX models, and some are half loaded.
    if (error instanceof CodedError) return null;
    throw error;
  }
}

/** What a graph's file name says of its weights. */
function graphDtype(graph: string): string {
  const suffix = graph.replace(/^.*?(?:decoder_)?model(?:_merged)?/, "").replace(/\.onnx$/, "");
  return graphDtypes.find(([known]) => known === suffix)?.[1] ?? suffix;
}

async function graphSizeBytes(graphFile: string): Promise<number> {
  const folder = dirname(graphFile);
  const names = (await readdir(folder)).filter((name) => join(folder, name).startsWith(graphFile));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
