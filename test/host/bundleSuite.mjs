// Bundles test/host/suite into dist/test/host: the entry index.cjs and one file for each test file.
import { join } from "node:path";
import { build } from "esbuild";
import { projectRoot } from "../../scripts/projectRoot.mjs";

/**
 * Bundles the suite and returns the paths of its entry and of its test files.
 *
 * CommonJS under the ending .cjs: the extension host loads a test entry with `require`, and takes a .js file for an ES
 * module where the extension's manifest says `"type": "module"`. npm packages are not bundled, mocha loads its parts
 * by path.
 *
 * @returns {Promise<{ entry: string, testFiles: string[] }>}
 */
export async function bundleSuite() {
  const suite = join(projectRoot, "test", "host", "suite");
  const outdir = join(projectRoot, "dist", "test", "host");
  const result = await build({
    entryPoints: [join(suite, "index.ts"), join(suite, "*.test.ts")],
    outdir,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node22",
    packages: "external",
    sourcemap: "inline",
    metafile: true,
    logLevel: "warning",
  });
  const outputs = Object.keys(result.metafile.outputs).map((path) => join(projectRoot, path));
  const testFiles = outputs.filter((path) => path.endsWith(".test.cjs")).sort();
  return { entry: join(outdir, "index.cjs"), testFiles };
}
