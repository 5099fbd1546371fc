// `npm run bench [NAME…]`: runs test/bench/NAME.bench.ts, all of them without a name. Prints ratios; asserts nothing.
// `npm run bench -- --page`: writes what was measured last into docs/performance.md.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../projectRoot.mjs";

const folder = join(projectRoot, "test", "bench");
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".bench.ts"))
  .map((file) => file.replace(".bench.ts", ""));
const chosen = process.argv.slice(2);
if (chosen[0] === "--page") {
  const page = [join(folder, "performancePage.ts")];
  process.exit(
    spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", ...page], { stdio: "inherit" }).status ?? 1,
  );
}
const unknown = chosen.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark "${unknown.join(", ")}". Benchmarks: ${names.join(", ")}.`);
  process.exit(2);
}
for (const name of chosen.length > 0 ? chosen : names) {
  const run = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", join(folder, `${name}.bench.ts`)], {
    stdio: "inherit",
  });
  if (run.status !== 0) process.exit(run.status ?? 1);
}
