// `npm run demo`: audits samples/ with the bundled model, as a table here and as a page in dist/demo/report.html, and asks
// it, and three checkpoints, where context and memory differ.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "../build.mjs";
import { projectRoot } from "../projectRoot.mjs";

const report = join(projectRoot, "dist", "demo", "report.html");
/** What shows most comes first; the conversations, which have no context to compare, last. */
const samples = ["closedQa", "conflicts", "instructions", "passages", "chat", "conversations"].map((name) =>
  join("samples", `${name}.jsonl`),
);

/** Runs the command-line program in the project root and stops the demo when it fails.
 * @param {string[]} programArguments */
function contextReliance(programArguments) {
  const cli = join(projectRoot, "dist", "cli.js");
  const run = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", cli, ...programArguments], {
    cwd: projectRoot,
    stdio: "inherit",
  });
  if (run.status !== 0) process.exit(run.status ?? 1);
}

await build();
mkdirSync(join(projectRoot, "dist", "demo"), { recursive: true });
// A cache of its own: the page shows the scores of the table, and nobody's own cache is touched.
const audit = ["audit", ...samples, "--cache", join(projectRoot, "dist", "demo", "scores.db")];
contextReliance(audit);
contextReliance([...audit, "--format", "html", "--out", report]);
console.log("\nDoes the model follow its context or its memory where they differ?\n");
contextReliance(["conflict", join("samples", "conflicts.jsonl")]);
console.log(
  "\nDid instruction tuning raise and then lower it? Three checkpoints of one run; in another order of its rows\nthe fall did not show (docs/family.md):\n",
);
const family = ["base", "peak", "end"].flatMap((name) => ["--model", join("test", "fixture", "family", name)]);
const shortAnswers = ["--max-new-tokens", "24", "--no-attention"];
contextReliance(["conflict", join("tools", "model", "items", "conflict-test.jsonl"), ...family, ...shortAnswers]);
console.log(`\nThe report with pictures: ${relative(process.cwd(), report)}`);
console.log(`Open it in a browser: ${pathToFileURL(report)}`);
