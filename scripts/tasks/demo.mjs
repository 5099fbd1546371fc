// `npm run demo`: audits samples/ with the bundled model, as a table here and as a page in dist/demo/report.html.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "../build.mjs";
import { projectRoot } from "../projectRoot.mjs";

const report = join(projectRoot, "dist", "demo", "report.html");
const samples = readdirSync(join(projectRoot, "samples"))
  .filter((name) => name.endsWith(".jsonl"))
  .map((name) => join("samples", name));

/** Runs the command-line program in the project root and stops the demo when it fails. */
function contextReliance(...programArguments) {
  const cli = join(projectRoot, "dist", "cli.js");
  const run = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", cli, ...programArguments], {
    cwd: projectRoot,
    stdio: "inherit",
  });
  if (run.status !== 0) process.exit(run.status ?? 1);
}

await build();
mkdirSync(join(projectRoot, "dist", "demo"), { recursive: true });
// A cache of its own: the second run shows the scores of the first, and nobody's own cache is touched.
const cache = ["--cache", join(projectRoot, "dist", "demo", "scores.db")];
contextReliance("audit", ...samples, ...cache);
contextReliance("audit", ...samples, ...cache, "--format", "html", "--out", report);
console.log(`\nThe report with pictures: ${relative(process.cwd(), report)}`);
console.log(`Open it in a browser: ${pathToFileURL(report)}`);
