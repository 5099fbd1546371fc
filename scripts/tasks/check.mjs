// Types, format and lint, import rules, dead code. Every tool runs, so one call shows all that is wrong.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../projectRoot.mjs";

const bin = (name) => join(projectRoot, "node_modules", name);
const roots = ["src", "webview", "test"].filter((folder) => existsSync(join(projectRoot, folder)));
const checks = [
  ["types", bin("typescript/bin/tsc"), ["-p", "tsconfig.json"]],
  ["types of core", bin("typescript/bin/tsc"), ["-p", "src/core/tsconfig.json"]],
  ["types of the lens", bin("typescript/bin/tsc"), ["-p", "webview"]],
  ["types of host tests", bin("typescript/bin/tsc"), ["-p", "test/host"]],
  ["format and lint", bin("@biomejs/biome/bin/biome"), ["ci", "--colors=off", "--error-on-warnings", "."]],
  [
    "import rules",
    bin("dependency-cruiser/bin/dependency-cruiser.mjs"),
    ["--config", ".dependency-cruiser.mjs", ...roots],
  ],
  ["dead code", bin("knip/bin/knip.js"), []],
];

let nPassed = 0;
for (const [name, program, programArguments] of checks) {
  const run = spawnSync(process.execPath, [program, ...programArguments], { cwd: projectRoot, encoding: "utf8" });
  if (run.status === 0) nPassed++;
  else process.stdout.write(`${run.stdout}${run.stderr}`);
  console.log(`${run.status === 0 ? "ok    " : "FAILED"} ${name}`);
}
console.log(`check: ${nPassed} passed, ${checks.length - nPassed} failed`);
process.exit(nPassed === checks.length ? 0 : 1);
