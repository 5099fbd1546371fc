// Which files of onnxruntime-node a packaged extension needs: its JavaScript and one platform's binary.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./projectRoot.mjs";

/** VS Code's name of a platform → folder of its binary in onnxruntime-node. There is no binary for Intel Macs. */
export const platformFolders = {
  "linux-x64": "linux/x64",
  "linux-arm64": "linux/arm64",
  "darwin-arm64": "darwin/arm64",
  "win32-x64": "win32/x64",
  "win32-arm64": "win32/arm64",
};

/** Files that only GPU execution needs: the product runs on the CPU. */
const gpuFiles = /^(DirectML|dxcompiler|dxil)\.dll$/;

/**
 * Copies onnxruntime-node with one platform's binary, and onnxruntime-common, into `nodeModules`.
 * @param {keyof typeof platformFolders} target
 * @param {string} nodeModules
 */
export function copyRuntime(target, nodeModules) {
  const source = join(projectRoot, "node_modules", "onnxruntime-node");
  const destination = join(nodeModules, "onnxruntime-node");
  const binaries = join("bin", "napi-v6", platformFolders[target]);
  mkdirSync(join(destination, binaries), { recursive: true });
  cpSync(join(source, "dist"), join(destination, "dist"), {
    recursive: true,
    filter: (file) => !/\.(map|d\.ts)$/.test(file),
  });
  const manifest = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
  const { name, version, main, license } = manifest;
  writeFileSync(join(destination, "package.json"), `${JSON.stringify({ name, version, main, license }, null, 2)}\n`);
  const names = readdirSync(join(source, binaries)).filter((file) => !gpuFiles.test(file));
  for (const file of withoutTwins(names)) cpSync(join(source, binaries, file), join(destination, binaries, file));
  const common = join(projectRoot, "node_modules", "onnxruntime-common");
  if (!existsSync(common)) throw new Error("onnxruntime-common is not installed");
  cpSync(common, join(nodeModules, "onnxruntime-common"), {
    recursive: true,
    filter: (file) => !/\.(map|d\.ts|ts)$/.test(file) && !file.includes(join("dist", "esm")),
  });
}

/** npm unpacks the macOS library's link as a second copy; the binding loads the one without the full version. */
function withoutTwins(names) {
  return names.filter(
    (file) =>
      !(
        /^libonnxruntime\.\d+\.\d+\.\d+\.dylib$/.test(file) &&
        names.includes(file.replace(/\.\d+\.\d+\.dylib$/, ".dylib"))
      ),
  );
}
