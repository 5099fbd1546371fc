// One VS Code server on a free port with data folders of its own.
import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { runCommand } from "../../scripts/command.mjs";
import { ensureNode24 } from "../../scripts/node24.mjs";
import { ensureVsCodeServer } from "../../scripts/vscodeServer.mjs";
import { onEnd, removeFolder } from "./lifetime.mjs";

const startLimitMs = 60_000;
const serverProcess = fileURLToPath(new URL("serverProcess.mjs", import.meta.url));

/** Settings of every run: nothing that talks to a network, nothing that covers the editor. */
const quietSettings = {
  "chat.disableAIFeatures": true,
  "editor.accessibilitySupport": "off",
  "extensions.autoCheckUpdates": false,
  // Not `false`: VS Code would rewrite the file into this form while a test changes it.
  "extensions.autoUpdate": "off",
  "extensions.ignoreRecommendations": true,
  "files.autoSave": "off",
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "window.autoDetectColorScheme": false,
  "window.autoDetectHighContrast": false,
  "workbench.editor.useModal": "off",
  "workbench.enableExperiments": false,
  "workbench.reduceMotion": "on",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.welcomePage.walkthroughs.openOnInstall": false,
};

/** The folders of one run. They outlive a restart of the server within the run and are deleted at its end.
 * @typedef {{ root: string, data: string, extensions: string, home: string, settingsFile: string, logFile: string, remove: () => void }} RunFolders */

/** @typedef {{ origin: string, port: number, stop: () => Promise<void> }} ServerRun */

/** Fresh temporary folders for one run.
 * @returns {RunFolders} */
export function createRunFolders() {
  const root = mkdtempSync(join(realpathSync(tmpdir()), "vscode-run-"));
  const data = join(root, "data");
  const folders = { root, data, extensions: join(root, "extensions"), home: join(root, "home") };
  const userData = join(data, "data", "User");
  for (const folder of [folders.extensions, folders.home, userData]) mkdirSync(folder, { recursive: true });
  const remove = onEnd(() => removeFolder(root));
  return { ...folders, settingsFile: join(userData, "settings.json"), logFile: join(root, "server.log"), remove };
}

/** The settings file's text, one line, with these settings on top of the quiet ones.
 * @param {Record<string, unknown>} settings */
export function settingsText(settings) {
  return JSON.stringify({ ...quietSettings, ...settings });
}

/** Writes the user's settings; for a server that does not run yet.
 * @param {RunFolders} folders
 * @param {Record<string, unknown>} settings */
export function writeSettings(folders, settings) {
  writeFileSync(folders.settingsFile, settingsText(settings));
}

/** Makes the extension in a source folder an installed one, by a link.
 * @param {RunFolders} folders
 * @param {string} extensionDir folder with the extension's package.json */
export function linkExtension(folders, extensionDir) {
  const { publisher, name, version } = JSON.parse(readFileSync(join(extensionDir, "package.json"), "utf8"));
  symlinkSync(resolve(extensionDir), join(folders.extensions, `${publisher}.${name}-${version}`), "junction");
}

/** Installs a packed extension into the run's extensions folder.
 * @param {RunFolders} folders
 * @param {string} vsix */
export async function installVsix(folders, vsix) {
  const path = resolve(vsix);
  if (!existsSync(path)) throw new Error(`There is no file ${path} to install.`);
  const args = [...(await serverArguments(folders)), "--install-extension", path];
  const output = await runCommand(await ensureNode24(), args, { env: serverEnvironment(folders, {}) });
  if (!/successfully installed/.test(output)) throw new Error(`VS Code did not install ${path}:\n${output}`);
}

/**
 * Starts a server and waits until it answers.
 *
 * @param {RunFolders} folders
 * @param {{ port?: number, env?: Record<string, string>, smokeTestDriver?: boolean, workspaceTrust?: boolean, connectionToken?: string }} [options]
 *   `port`: the one of an earlier run, to keep what the browser stored for it. `smokeTestDriver`: lets a test run be
 *   asked for in the address, but hides notifications.
 * @returns {Promise<ServerRun>}
 */
export async function startServer(folders, options = {}) {
  const port = options.port ?? (await freePort());
  if (!existsSync(folders.settingsFile)) writeSettings(folders, {});
  const [serverMain, ...shared] = await serverArguments(folders);
  const args = [
    serverProcess,
    /** @type {string} */ (serverMain),
    "--host",
    "127.0.0.1",
    "--port",
    String(port),
    ...shared,
  ];
  args.push(
    ...(options.connectionToken ? ["--connection-token", options.connectionToken] : ["--without-connection-token"]),
  );
  args.push("--disable-getting-started-override");
  if (!options.workspaceTrust) args.push("--disable-workspace-trust");
  if (options.smokeTestDriver) args.push("--enable-smoke-test-driver");

  const log = openSync(folders.logFile, "a");
  const env = serverEnvironment(folders, options.env ?? {});
  const server = spawn(await ensureNode24(), args, { stdio: ["pipe", log, log], env, detached: true });
  const kill = onEnd(() => endGroup(server));
  const exited = new Promise((done) => server.once("exit", done));
  const stop = async () => {
    kill();
    await exited;
  };
  await waitUntilReady(server, port, folders.logFile).catch(async (error) => {
    await stop();
    throw error;
  });
  return { port, origin: `http://127.0.0.1:${port}`, stop };
}

/** @param {RunFolders} folders */
async function serverArguments(folders) {
  const serverMain = join(await ensureVsCodeServer(), "out", "server-main.js");
  return [
    serverMain,
    "--accept-server-license-terms",
    "--disable-telemetry",
    "--server-data-dir",
    folders.data,
    "--extensions-dir",
    folders.extensions,
  ];
}

/** @param {RunFolders} folders @param {Record<string, string>} extra @returns {NodeJS.ProcessEnv} */
function serverEnvironment(folders, extra) {
  const { home } = folders;
  const ownFolders = {
    HOME: home,
    XDG_CACHE_HOME: join(home, ".cache"),
    XDG_CONFIG_HOME: join(home, ".config"),
    XDG_DATA_HOME: join(home, ".local/share"),
    XDG_RUNTIME_DIR: home,
  };
  return { ...process.env, ...ownFolders, EXTENSIONS_GALLERY: "{}", ORT_DISABLE_TELEMETRY: "1", ...extra };
}

/** @param {import("node:child_process").ChildProcess} server */
function endGroup(server) {
  if (server.pid === undefined) return;
  if (process.platform === "win32") spawnSync("taskkill", ["/pid", String(server.pid), "/t", "/f"]);
  else {
    try {
      process.kill(-server.pid, "SIGKILL");
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error;
    }
  }
}

/** @param {import("node:child_process").ChildProcess} server @param {number} port @param {string} logFile */
async function waitUntilReady(server, port, logFile) {
  const started = Date.now();
  while (Date.now() - started < startLimitMs) {
    if (server.exitCode !== null || server.signalCode !== null) break;
    const answer = await fetch(`http://127.0.0.1:${port}/version`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(50);
  }
  throw new Error(`The VS Code server did not start. Its log:\n${readFileSync(logFile, "utf8")}`);
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.on("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (probe.address());
      probe.close(() => done(port));
    });
  });
}
