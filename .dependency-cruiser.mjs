// The import rules of ARCHITECTURE.md. Each rule names the invariant (I1..I8) that it protects.
const only = (name, packagePattern, home, comment) => ({
  name,
  comment,
  severity: "error",
  from: { path: "^(src|webview)/", pathNot: home },
  to: { path: packagePattern },
});

const mayImport = (folder, allowed, comment) => ({
  name: `${folder.replace(/^src\//, "")}-imports`,
  comment,
  severity: "error",
  from: { path: `^${folder}/` },
  to: {
    path: "^(src|webview|test|scripts|tools)/",
    pathNot: [`^${folder}/`, ...allowed.map((room) => `^${room}/`)],
  },
});

export default {
  forbidden: [
    only("vscode-only-in-extension", "^vscode$", "^src/extension/", "I1"),
    only("onnxruntime-only-in-model", "(^|/)onnxruntime-(node|common|web)(/|$)", "^src/model/", "I1"),
    only("huggingface-only-in-model", "(^|/)@huggingface/", "^src/model/", "I1"),
    only("sqlite-only-in-store", "^(node:)?sqlite$", "^src/store/", "I1"),
    only("protobuf-only-in-onnx", "(^|/)@bufbuild/", "^src/onnx/", "I1"),
    {
      name: "core-has-no-packages-and-no-node",
      comment: "I1: core compiles anywhere and is deterministic",
      severity: "error",
      from: { path: "^src/core/" },
      to: {
        dependencyTypes: ["npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown", "core", "unknown"],
      },
    },
    mayImport("src/core", [], "I1"),
    mayImport("src/dataset", ["src/core"], "I2"),
    mayImport("src/onnx", ["src/core"], "I2"),
    mayImport(
      "src/model",
      ["src/core", "src/onnx", "src/engine"],
      "I2: model implements the interfaces the engine owns",
    ),
    mayImport("src/store", ["src/core", "src/engine"], "I2: store implements the interface the engine owns"),
    mayImport("src/engine", ["src/core", "src/dataset"], "I2"),
    mayImport("src/protocol", ["src/core", "src/engine"], "I4"),
    mayImport("src/inference", ["src/core", "src/engine", "src/model", "src/store", "src/protocol"], "I3"),
    mayImport("src/figure", ["src/core"], "figures are pure: data in, SVG tree out"),
    mayImport("src/report", ["src/core", "src/figure"], "a report shows numbers, it makes none"),
    mayImport(
      "src/cli",
      ["src/core", "src/dataset", "src/engine", "src/model", "src/store", "src/figure", "src/report"],
      "I2",
    ),
    mayImport(
      "src/extension",
      ["src/core", "src/dataset", "src/protocol", "src/inference", "src/figure", "src/report"],
      "I2",
    ),
    mayImport(
      "webview",
      ["src/protocol", "src/figure", "src/core", "src/report"],
      "I4: pure rooms, and types of messages",
    ),
    {
      name: "implementations-take-only-types-from-engine",
      comment: "I2: model and store know the engine's interfaces, never its code",
      severity: "error",
      from: { path: "^src/(model|store|protocol)/" },
      to: { path: "^src/engine/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "extension-reaches-inference-through-its-client",
      comment: "I3: nothing heavy is loaded into the extension host",
      severity: "error",
      from: { path: "^src/extension/" },
      to: { path: "^src/inference/", pathNot: "^src/inference/client\\.ts$" },
    },
    {
      name: "client-stays-light",
      comment: "I3: the client forks the process, it does not contain it",
      severity: "error",
      from: { path: "^src/inference/client\\.ts$" },
      to: { path: "^src/(model|store|engine|onnx)/", dependencyTypesNot: ["type-only"] },
    },
    { name: "no-cycles", comment: "a cycle has no reading order", severity: "error", from: {}, to: { circular: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { extensions: [".ts", ".mjs", ".js", ".json"] },
  },
};
