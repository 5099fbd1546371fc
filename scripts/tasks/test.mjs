// `npm test`: checks, unit and integration tests, then the extension in a real VS Code, from source and as packed.
// Ends with one line that counts everything. `npm test -- unit integration` runs only the named suites.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "../build.mjs";
import { projectRoot } from "../projectRoot.mjs";

const resultFolder = join(projectRoot, ".cache", "results");
mkdirSync(resultFolder, { recursive: true });

/** Runs a Node program of this project and returns its output; the output is shown as it comes when not captured. */
function runNode(programArguments, environment = {}) {
  const run = spawnSync(process.execPath, programArguments, {
    cwd: projectRoot,
    encoding: "utf8",
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 2 ** 28,
  });
  process.stdout.write(run.stdout);
  return run;
}

/** Counts from a closing line `NAME: N passed, N failed`; a program that exits non-zero without one has failed once. */
function countsOf(run) {
  const match = /(\d+) passed, (\d+) failed\s*$/.exec(run.stdout.trimEnd());
  const counts = match ? { nPassed: Number(match[1]), nFailed: Number(match[2]) } : { nPassed: 0, nFailed: 1 };
  if (run.status !== 0 && counts.nFailed === 0) counts.nFailed = 1;
  if (run.status === 0 && counts.nPassed === 0) counts.nFailed = 1;
  return counts;
}

function vitest(folder) {
  const resultFile = join(resultFolder, `${folder}.json`);
  rmSync(resultFile, { force: true });
  const program = join(projectRoot, "node_modules", "vitest", "vitest.mjs");
  const run = runNode([
    program,
    "run",
    `test/${folder}`,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${resultFile}`,
  ]);
  try {
    const {
      numPassedTests: nPassed,
      numFailedTests,
      numFailedTestSuites,
    } = JSON.parse(readFileSync(resultFile, "utf8"));
    const nFailed = Math.max(numFailedTests, numFailedTestSuites > 0 && numFailedTests === 0 ? numFailedTestSuites : 0);
    return countsOf({ stdout: `${nPassed} passed, ${nFailed} failed`, status: run.status });
  } catch {
    return { nPassed: 0, nFailed: 1 };
  }
}

const vsix = join(projectRoot, "dist", "context-reliance-linux-x64.vsix");
const suites = {
  check: () => countsOf(runNode(["scripts/tasks/check.mjs"])),
  unit: () => vitest("unit"),
  integration: () => vitest("integration"),
  host: () => countsOf(runNode(["test/host/runInServer.mjs"])),
  package: () => {
    const run = runNode(["scripts/tasks/package.mjs", "--target", "linux-x64"]);
    return { nPassed: run.status === 0 ? 1 : 0, nFailed: run.status === 0 ? 0 : 1 };
  },
  vsix: () => countsOf(runNode(["test/host/runInServer.mjs", "--vsix", vsix])),
  ui: () => countsOf(runNode(["test/host/ui/run.mjs"])),
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !Object.hasOwn(suites, name));
if (unknown.length > 0) {
  console.error(`There is no suite "${unknown.join(", ")}". Suites: ${Object.keys(suites).join(", ")}.`);
  process.exit(2);
}
await build();
const totals = { nPassed: 0, nFailed: 0 };
const lines = [];
for (const [name, runSuite] of Object.entries(suites)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const startMs = performance.now();
  console.log(`\n== ${name}`);
  const { nPassed, nFailed } = runSuite();
  totals.nPassed += nPassed;
  totals.nFailed += nFailed;
  lines.push(
    `${name.padEnd(12)} ${nPassed} passed, ${nFailed} failed  (${((performance.now() - startMs) / 1000).toFixed(0)} s)`,
  );
}
console.log(`\n${lines.join("\n")}\n`);
console.log(`${totals.nPassed} passed, ${totals.nFailed} failed`);
process.exit(totals.nFailed === 0 ? 0 : 1);
