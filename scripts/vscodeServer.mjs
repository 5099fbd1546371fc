// A real VS Code server (workbench, web interface, Node extension host) from npm alone, without a compiler.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cachedFolder } from "./cachedFolder.mjs";
import { reportProgress, runCommand } from "./command.mjs";
import { projectRoot } from "./projectRoot.mjs";

/** The npm package whose lib/vscode is the server; 4.139.1 carries VS Code 1.139.1. */
const codeServer = "code-server@4.139.1";

/** Dependencies the server starts and runs extensions without: chat, containers, git, Windows, sign-in. Their binaries make
 * up two thirds of the download, and some of them would have to be compiled. */
const unusedDependencies = [
  "@devcontainers/cli",
  "@github/copilot-sdk",
  "@microsoft/mxc-sdk",
  "@vscode/copilot-api",
  "@vscode/fs-copyfile",
  "@vscode/sandbox-runtime",
  "@vscode/sqlite3",
  "@vscode/windows-process-tree",
  "@vscode/windows-registry",
  "kerberos",
  "ssh2",
];

/** Modules with a compiled part that the server imports when it starts, and the file that stands in for each. */
const standIns = {
  "@vscode/deviceid": join(projectRoot, "test/host/standIns/deviceId.cjs"),
  "@vscode/spdlog": join(projectRoot, "test/host/standIns/spdlog.cjs"),
  "@vscode/native-watchdog": join(projectRoot, "test/host/standIns/nativeWatchdog.cjs"),
};

/** Built-in extensions that only cost start-up time, or need a dependency from the list above. github-authentication stays: the workbench asks for it. */
const unusedExtensions = [
  "copilot",
  "git",
  "git-base",
  "github",
  "mermaid-markdown-features",
  "microsoft-authentication",
  "ms-vscode.js-debug",
  "ms-vscode.js-debug-companion",
  "ms-vscode.vscode-js-profile-table",
  "tunnel-forwarding",
];

/**
 * Path of a VS Code server that is ready to start: a folder with `out/server-main.js`.
 *
 * @returns {Promise<string>}
 */
export async function ensureVsCodeServer() {
  const sources = [fileURLToPath(import.meta.url), ...Object.values(standIns)];
  const recipe = [process.platform, process.arch, ...sources.map((path) => readFileSync(path, "utf8"))];
  return cachedFolder("vscode-server", recipe, async (folder) => {
    reportProgress(`VS Code server: fetching ${codeServer} from npm`);
    await fetchServer(folder);
    reportProgress("VS Code server: installing its dependencies");
    await installDependencies(folder);
    prune(folder);
    addStandIns(folder);
    reportProgress("VS Code server: ready");
  });
}

/** @param {string} folder */
async function fetchServer(folder) {
  // In a folder of its own: `npm pack` inside a package would obey that package's settings.
  const download = join(folder, "download");
  mkdirSync(download);
  await runCommand("npm", ["pack", codeServer, "--silent", "--ignore-scripts"], { cwd: download });
  const [archive] = readdirSync(download);
  if (archive === undefined) throw new Error(`npm pack ${codeServer} made no file`);
  await runCommand("tar", ["-xzf", archive, "-C", "..", "--strip-components=3", "package/lib/vscode"], {
    cwd: download,
  });
  rmSync(download, { recursive: true });
}

/** @param {string} folder */
async function installDependencies(folder) {
  const path = join(folder, "package.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  for (const name of [...unusedDependencies, ...Object.keys(standIns)]) delete manifest.dependencies[name];
  writeFileSync(path, JSON.stringify(manifest, null, 2));
  // `npm ci` refuses: the shrinkwrap lacks a package. Versions still come from it.
  await runCommand(
    "npm",
    ["install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    { cwd: folder },
  );
}

/** @param {string} folder */
function prune(folder) {
  for (const name of unusedExtensions) rmSync(join(folder, "extensions", name), { recursive: true, force: true });
  const platform = `${process.platform}-${process.arch}`;
  for (const binaries of ["@vscode/ripgrep-universal/bin", "node-pty/prebuilds"]) {
    const path = join(folder, "node_modules", binaries);
    for (const entry of readdirSync(path)) if (entry !== platform) rmSync(join(path, entry), { recursive: true });
  }
}

/** @param {string} folder */
function addStandIns(folder) {
  for (const [name, source] of Object.entries(standIns)) {
    const path = join(folder, "node_modules", name);
    mkdirSync(path, { recursive: true });
    cpSync(source, join(path, "index.cjs"));
    writeFileSync(join(path, "package.json"), JSON.stringify({ name, version: "0.0.0", main: "index.cjs" }));
  }
}
