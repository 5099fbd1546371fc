// Folders that are set up once and then only used: .cache/<name> in the project root.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./projectRoot.mjs";

const cacheRoot = join(projectRoot, ".cache");

/**
 * Path of `.cache/<name>`, made by `setUp` unless a folder made by the same recipe is there already.
 *
 * The work happens in a temporary neighbour that is renamed when it is complete, so an interrupted run leaves nothing
 * that looks finished, and of two simultaneous runs the folder of the first to finish stays.
 *
 * @param {string} name
 * @param {string[]} recipe everything the content depends on: versions, the text of the set-up script
 * @param {(folder: string) => Promise<void>} setUp fills the empty folder it is given
 * @returns {Promise<string>}
 */
export async function cachedFolder(name, recipe, setUp) {
  const folder = join(cacheRoot, name);
  const stamp = createHash("sha256").update(JSON.stringify(recipe)).digest("hex");
  if (readStamp(folder) === stamp) return folder;

  mkdirSync(cacheRoot, { recursive: true });
  removeLeftovers(name);
  const draft = join(cacheRoot, `${name}.draft-${process.pid}`);
  mkdirSync(draft);
  try {
    await setUp(draft);
    writeFileSync(join(draft, ".stamp"), stamp);
    if (readStamp(folder) !== stamp) replaceFolder(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}

/** @param {string} folder */
function readStamp(folder) {
  const path = join(folder, ".stamp");
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** A folder cannot be renamed onto a full one: the old one steps aside first, under a name that counts as a leftover.
 * @param {string} draft
 * @param {string} folder */
function replaceFolder(draft, folder) {
  const old = `${draft}-old`;
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(draft, folder);
  rmSync(old, { recursive: true, force: true });
}

/** Removes the drafts of processes that have ended.
 * @param {string} name */
function removeLeftovers(name) {
  for (const entry of readdirSync(cacheRoot)) {
    const pid = entry.startsWith(`${name}.draft-`) ? Number.parseInt(entry.slice(name.length + 7), 10) : undefined;
    if (pid !== undefined && !isAlive(pid)) rmSync(join(cacheRoot, entry), { recursive: true, force: true });
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}
