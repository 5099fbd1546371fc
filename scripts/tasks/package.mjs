// `npm run package [-- --target linux-x64]`: a VSIX that holds one platform's binary and the bundled model.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "../build.mjs";
import { projectRoot } from "../projectRoot.mjs";
import { copyRuntime, platformFolders } from "../runtimeFiles.mjs";

const { values } = parseArgs({
  options: { target: { type: "string", default: `${process.platform}-${process.arch}` } },
});
const { target } = values;
if (!Object.hasOwn(platformFolders, target)) {
  console.error(`There is no runtime for "${target}". Choose one of: ${Object.keys(platformFolders).join(", ")}.`);
  process.exit(2);
}

const pages = ["README.md", "docs/lens.md"].map((page) => readFileSync(join(projectRoot, page), "utf8")).join("\n");
/** Stays in the repository: pictures that no page shows, and the bundled model's smaller dtypes. */
const leftOut = [
  ...readdirSync(join(projectRoot, "docs", "images", "lens"))
    .filter((name) => !pages.includes(`images/lens/${name}`))
    .map((name) => join(projectRoot, "docs", "images", "lens", name)),
  join(projectRoot, "media", "model", "onnx", "model_fp16.onnx"),
  join(projectRoot, "media", "model", "onnx", "model_q4.onnx"),
];
const staging = join(projectRoot, "dist", `package-${target}`);
rmSync(staging, { recursive: true, force: true });
mkdirSync(join(staging, "dist"), { recursive: true });
await build({ minify: true });
for (const program of ["extension.cjs", "inference.js", "cli.js", "lens.js", "lens.css"])
  cpSync(join(projectRoot, "dist", program), join(staging, "dist", program));
// The development build keeps its source maps; a package has none to point at.
await build();
for (const entry of ["media", "l10n", "package.nls.json", "README.md", "CHANGELOG.md", "LICENSE", "docs", "samples"]) {
  const source = join(projectRoot, entry);
  if (existsSync(source))
    cpSync(source, join(staging, entry), { recursive: true, filter: (file) => !leftOut.includes(file) });
}
const manifest = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));
for (const field of ["scripts", "dependencies", "devDependencies", "private", "knip"]) delete manifest[field];
writeFileSync(join(staging, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
// The programs are ES modules; the manifest's "type" says so to Node, and .cjs marks the one that VS Code requires.
copyRuntime(target, join(staging, "dist", "node_modules"));

const vsix = join(projectRoot, "dist", `context-reliance-${target}.vsix`);
const vsce = join(projectRoot, "node_modules", "@vscode", "vsce", "vsce");
const run = spawnSync(
  process.execPath,
  [
    vsce,
    "package",
    "--no-dependencies",
    "--skip-license",
    "--allow-missing-repository",
    // The README shows pictures that are in the package; there is no address to point them at.
    "--no-rewrite-relative-links",
    "--target",
    target,
    "--out",
    vsix,
  ],
  { cwd: staging, stdio: ["ignore", 2, 2] },
);
if (run.status !== 0) process.exit(run.status ?? 1);
console.log(`${vsix}: ${(statSync(vsix).size / 2 ** 20).toFixed(1)} MiB`);
