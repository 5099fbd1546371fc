// Installs the npm dependencies of this checkout when they are missing or older than the lock file.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./projectRoot.mjs";

const stampFile = join(projectRoot, "node_modules", ".context-reliance-lock");

/** The lock file's hash: what node_modules must have been made from. */
function lockHash() {
  return createHash("sha256")
    .update(readFileSync(join(projectRoot, "package-lock.json")))
    .digest("hex");
}

/** Makes node_modules match the lock file, with install scripts ignored; does nothing when it already does. */
export function ensureDependencies() {
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === lockHash()) return;
  process.stderr.write("Installing npm dependencies (once)…\n");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  // Not `npm ci`: it refuses a lock that does not name the optional binaries of every other platform.
  const options = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const install = spawnSync(npm, ["install", ...options], {
    cwd: projectRoot,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (install.status !== 0) {
    process.stderr.write("npm install failed. Check that the npm registry is reachable, then run the command again.\n");
    process.exit(install.status ?? 1);
  }
  writeFileSync(stampFile, lockHash());
}
