// Bundles the programs with esbuild: the extension, its lens's page, the inference process, the command line.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./projectRoot.mjs";

/** Builds everything into dist/. */
export async function build({ minify = false } = {}) {
  const { build: bundle } = await import("esbuild");
  const common = {
    absWorkingDir: projectRoot,
    bundle: true,
    platform: "node",
    target: "node22",
    outdir: "dist",
    sourcemap: minify ? false : "linked",
    minify,
    legalComments: "none",
    logLevel: "warning",
    // Its CommonJS build requires its parts in a way no bundler can follow.
    alias: { "jsonc-parser": join(projectRoot, "node_modules/jsonc-parser/lib/esm/main.js") },
  };
  const entries = (list) =>
    list.filter(([, file]) => existsSync(join(projectRoot, file))).map(([out, file]) => ({ out, in: file }));
  mkdirSync(join(projectRoot, "dist"), { recursive: true });
  await Promise.all([
    bundle({
      ...common,
      format: "cjs",
      external: ["vscode"],
      outExtension: { ".js": ".cjs" },
      entryPoints: entries([["extension", "src/extension/extension.ts"]]),
    }),
    bundle({
      ...common,
      platform: "browser",
      target: "chrome138",
      format: "iife",
      entryPoints: entries([["lens", "webview/lens.tsx"]]),
    }),
    bundle({
      ...common,
      format: "esm",
      external: ["onnxruntime-node"],
      // CommonJS packages inside an ES module bundle still call require.
      banner: {
        js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
      },
      outExtension: { ".js": ".js" },
      entryPoints: entries([
        ["cli", "src/cli/main.ts"],
        ["inference", "src/inference/main.ts"],
      ]),
    }),
  ]);
}
