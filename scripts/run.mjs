// The one entry of every npm script: `node scripts/run.mjs TASK [ARGS…]`.
// Works on a fresh checkout under Node 20: installs the dependencies, finds or installs Node 24, builds, runs the task there.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ensureDependencies } from "./dependencies.mjs";
import { ensureNode24 } from "./node24.mjs";
import { projectRoot } from "./projectRoot.mjs";

const [task = "", ...taskArguments] = process.argv.slice(2);
const taskFile = join(projectRoot, "scripts", "tasks", `${task}.mjs`);
if (!existsSync(taskFile)) {
  process.stderr.write(`There is no task "${task}". See the scripts in package.json.\n`);
  process.exit(2);
}
ensureDependencies();
const node = await ensureNode24();
// ORT's own telemetry is off in everything this project starts.
const environment = { ...process.env, ORT_DISABLE_TELEMETRY: "1", CONTEXT_RELIANCE_NODE: node };
// Ctrl+C reaches the program too, which then ends in its own way and with its own status.
process.on("SIGINT", () => undefined);
const run = spawnSync(node, ["--disable-warning=ExperimentalWarning", taskFile, ...taskArguments], {
  stdio: "inherit",
  env: environment,
});
process.exit(run.status ?? 1);
