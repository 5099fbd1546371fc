// Runs the host suite in the desktop VS Code, which is downloaded: node test/host/runInElectron.mjs [--grep TEXT] [--vscode VERSION]
// On Linux without a screen: xvfb-run -a node test/host/runInElectron.mjs
import { mkdirSync, mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { parseArgs } from "node:util";
import { downloadAndUnzipVSCode, runTests } from "@vscode/test-electron";
import { projectRoot } from "../../scripts/projectRoot.mjs";
import { bundleSuite } from "./bundleSuite.mjs";
import { onEnd, removeFolder } from "./lifetime.mjs";
import { SuiteResult, suiteSessions } from "./suiteResult.mjs";
import { createTestWorkspace } from "./testWorkspace.mjs";

const { values: options } = parseArgs({
  options: { grep: { type: "string" }, vscode: { type: "string", default: "stable" } },
});

const vscodeExecutablePath = await downloadAndUnzipVSCode({
  version: options.vscode,
  cachePath: join(projectRoot, ".cache", "vscode-desktop"),
}).catch((error) => {
  const reason = error.cause?.message ?? error.message;
  console.error(
    `VS Code ${options.vscode} could not be downloaded (${reason}); test/host/runInServer.mjs runs the same suite without it.`,
  );
  process.exit(1);
});

const { entry, testFiles } = await bundleSuite();
const root = mkdtempSync(join(realpathSync(tmpdir()), "vscode-run-"));
onEnd(() => removeFolder(root));
const workspace = createTestWorkspace(root);
for (const folder of ["user", "extensions"]) mkdirSync(join(root, folder));

const total = { nPassed: 0, nFailed: 0 };
for (const [sessionIdx, files] of suiteSessions(testFiles).entries()) {
  const resultFile = join(root, `result-${sessionIdx}.jsonl`);
  const result = new SuiteResult(resultFile, files, options.grep !== undefined);
  const exitCode = await runTests({
    vscodeExecutablePath,
    extensionDevelopmentPath: projectRoot,
    extensionTestsPath: entry,
    extensionTestsEnv: {
      HOST_FILES: files.join(delimiter),
      HOST_RESULT: resultFile,
      HOST_GREP: options.grep,
      ORT_DISABLE_TELEMETRY: "1",
    },
    launchArgs: [
      workspace,
      "--disable-workspace-trust",
      "--user-data-dir",
      join(root, "user"),
      "--extensions-dir",
      join(root, "extensions"),
    ],
  }).catch(() => 1); // what failed is in the result
  result.finish(exitCode);
  total.nPassed += result.nPassed;
  total.nFailed += result.nFailed;
}
console.log(`host: ${total.nPassed} passed, ${total.nFailed} failed`);
process.exit(total.nFailed === 0 && total.nPassed > 0 ? 0 : 1);
