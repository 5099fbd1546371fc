// The folder that a test has open.
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../scripts/projectRoot.mjs";

/** Makes a folder that tests may change: the files of test/host/workspace, and a copy of the samples in `samples`.
 * @param {string} root
 * @returns {string} */
export function createTestWorkspace(root) {
  const folder = join(root, "workspace");
  mkdirSync(folder, { recursive: true });
  cpSync(join(projectRoot, "test", "host", "workspace"), folder, { recursive: true });
  const samples = join(projectRoot, "samples");
  if (existsSync(samples)) cpSync(samples, join(folder, "samples"), { recursive: true });
  return folder;
}
