// Runs the host suite in the extension host of a real VS Code server:
//   node test/host/runInServer.mjs [--vsix FILE] [--grep TEXT] [--timeout SECONDS] [--verbose]
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { parseArgs } from "node:util";
import { reportProgress } from "../../scripts/command.mjs";
import { projectRoot } from "../../scripts/projectRoot.mjs";
import { bundleSuite } from "./bundleSuite.mjs";
import { createRunFolders, installVsix, startServer, writeSettings } from "./serverRun.mjs";
import { SuiteResult, suiteSessions } from "./suiteResult.mjs";
import { createTestWorkspace } from "./testWorkspace.mjs";
import { launchBrowser } from "./workbench.mjs";
import { workbenchUrl } from "./workbenchUrl.mjs";

const { values: options } = parseArgs({
  options: {
    vsix: { type: "string" },
    grep: { type: "string" },
    extension: { type: "string", default: projectRoot },
    timeout: { type: "string", default: "600" },
    verbose: { type: "boolean", default: false },
  },
});

const { entry, testFiles } = await bundleSuite();
const folders = createRunFolders();
writeSettings(folders, {});
const workspace = createTestWorkspace(folders.root);
const extensionDir = options.vsix === undefined ? options.extension : emptyExtension();
if (options.vsix !== undefined) await installVsix(folders, options.vsix);

const total = { nPassed: 0, nFailed: 0 };
/** @type {number | undefined} */
let port;
for (const [sessionIdx, files] of suiteSessions(testFiles).entries()) {
  const resultFile = join(folders.root, `result-${sessionIdx}.jsonl`);
  const result = new SuiteResult(resultFile, files, options.grep !== undefined);
  const environment = { HOST_FILES: files.join(delimiter), HOST_RESULT: resultFile, HOST_GREP: options.grep ?? "" };
  const server = await startServer(folders, { smokeTestDriver: true, ...(port === undefined ? {} : { port }) });
  ({ port } = server);
  result.finish(await runSession(server, environment));
  await server.stop();
  total.nPassed += result.nPassed;
  total.nFailed += result.nFailed;
}
folders.remove();
console.log(`host: ${total.nPassed} passed, ${total.nFailed} failed`);
process.exit(total.nFailed === 0 && total.nPassed > 0 ? 0 : 1);

/**
 * Opens the workbench with a request to run the tests and waits for VS Code to say that it is done.
 *
 * @param {import("./serverRun.mjs").ServerRun} server
 * @param {Record<string, string>} environment of the extension host
 * @returns {Promise<number | "timeout" | "page crash">}
 */
async function runSession({ origin, port }, environment) {
  const { context, page } = await launchBrowser(folders);
  /** @type {(end: number | "timeout" | "page crash") => void} */
  let report = () => {};
  /** @type {Promise<number | "timeout" | "page crash">} */
  const exit = new Promise((done) => {
    report = done;
  });
  page.on("crash", () => report("page crash"));
  setTimeout(() => report("timeout"), Number(options.timeout) * 1000).unref();
  // The workbench calls these two functions; they must be there before the page is.
  await page.exposeFunction("codeAutomationExit", (/** @type {number} */ code) => report(code));
  await page.exposeFunction("codeAutomationLog", (/** @type {string} */ type, /** @type {unknown[]} */ args) => {
    if (options.verbose) reportProgress(`[${type}] ${args.join(" ").slice(0, 2000)}`);
  });
  const remote = `vscode-remote://127.0.0.1:${port}`;
  /** @type {[string, string][]} */
  const payload = [
    ["extensionDevelopmentPath", remote + extensionDir],
    ["extensionTestsPath", remote + entry],
    ["extensionEnvironment", JSON.stringify(environment)],
  ];
  await page.goto(workbenchUrl(origin, { folder: workspace, payload }));
  const end = await exit;
  if (end !== 0) await page.screenshot({ path: join(screenshotFolder(), "host-failure.png") }).catch(() => undefined);
  await context.close();
  return end;
}

function screenshotFolder() {
  const folder = join(projectRoot, ".cache", "screenshots");
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A test run needs a development extension; beside an installed VSIX it is one that does nothing. */
function emptyExtension() {
  const folder = join(folders.root, "empty-extension");
  mkdirSync(folder);
  const manifest = { publisher: "test", name: "empty", version: "0.0.0", engines: { vscode: "*" } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  return folder;
}
