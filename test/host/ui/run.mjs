// Runs the interface tests test/host/ui/*.ui.mjs against a real VS Code in a headless browser:
//   node test/host/ui/run.mjs [--vsix FILE] [--extension FOLDER] [--grep TEXT] [FILE...]
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import Mocha from "mocha";
import { ensureChromium } from "../../../scripts/chromium.mjs";
import { ensureVsCodeServer } from "../../../scripts/vscodeServer.mjs";
import { openWorkbenches } from "./driver.mjs";

const { values: options, positionals } = parseArgs({
  options: { vsix: { type: "string" }, extension: { type: "string" }, grep: { type: "string" } },
  allowPositionals: true,
});
if (options.vsix !== undefined) process.env.HOST_VSIX = resolve(options.vsix);
if (options.extension !== undefined) process.env.HOST_EXTENSION = resolve(options.extension);
await ensureVsCodeServer();
await ensureChromium();

const here = import.meta.dirname;
const allFiles = readdirSync(here)
  .filter((name) => name.endsWith(".ui.mjs"))
  .sort()
  .map((name) => join(here, name));
const files = positionals.length > 0 ? positionals.map((path) => resolve(path)) : allFiles;

class LineReporter extends Mocha.reporters.Base {
  /** @param {Mocha.Runner} runner @param {Mocha.MochaOptions} mochaOptions */
  constructor(runner, mochaOptions) {
    super(runner, mochaOptions);
    runner.on("pass", (test) => console.log(`  ✓ ${test.fullTitle()} (${test.duration} ms)`));
    runner.on("pending", (test) => console.log(`  - ${test.fullTitle()} (skipped)`));
    runner.on("fail", (test, error) => {
      console.log(`  ✗ ${test.fullTitle()}\n      ${String(error?.stack ?? error).replaceAll("\n", "\n      ")}`);
    });
  }
}

const mocha = new Mocha({ ui: "bdd", timeout: 180_000, forbidOnly: true, reporter: LineReporter });
if (options.grep !== undefined) mocha.grep(options.grep);
mocha.rootHooks({
  /** @this {Mocha.Context} */
  async afterEach() {
    if (this.currentTest?.state !== "failed") return;
    for (const workbench of openWorkbenches) await workbench.screenshot(`failed-${this.currentTest.fullTitle()}`);
  },
  async afterAll() {
    for (const workbench of [...openWorkbenches]) await workbench.close();
  },
});
for (const file of files) mocha.addFile(file);
await mocha.loadFilesAsync();
const runner = mocha.run(() => {
  const { passes = 0, failures = 0 } = runner.stats ?? {};
  console.log(`ui: ${passes} passed, ${failures} failed`);
  process.exit(failures === 0 && passes > 0 ? 0 : 1);
});
