import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../projectRoot.mjs";

const biome = join(projectRoot, "node_modules", "@biomejs", "biome", "bin", "biome");
const run = spawnSync(process.execPath, [biome, "check", "--write", ...process.argv.slice(2), "."], {
  cwd: projectRoot,
  stdio: "inherit",
});
process.exit(run.status ?? 1);
