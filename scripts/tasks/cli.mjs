// `npm run -s cli -- audit FILE…`: builds when sources changed, then runs the program in the caller's folder.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build } from "../build.mjs";
import { projectRoot } from "../projectRoot.mjs";

await build();
const cli = join(projectRoot, "dist", "cli.js");
// Ctrl+C reaches the program too, which then ends in its own way and with its own status.
process.on("SIGINT", () => undefined);
const run = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", cli, ...process.argv.slice(2)], {
  stdio: "inherit",
  cwd: process.env.INIT_CWD ?? process.cwd(),
});
process.exit(run.status ?? 1);
