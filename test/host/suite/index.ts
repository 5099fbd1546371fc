// Entry of the suite inside the extension host: VS Code calls `run`.
import { appendFileSync } from "node:fs";
import { delimiter } from "node:path";
import Mocha from "mocha";
import type { TestEvent } from "./testEvent.ts";

/**
 * Runs the test files named in HOST_FILES and appends one JSON line for each result to the file HOST_RESULT; the last
 * line says that the run came to its end. Rejects when a test failed.
 */
export async function run(): Promise<void> {
  const files = process.env.HOST_FILES;
  const resultFile = process.env.HOST_RESULT;
  if (!files || !resultFile) throw new Error("HOST_FILES and HOST_RESULT must name the tests and the result file");

  const mocha = new Mocha({ ui: "bdd", timeout: 60_000, forbidOnly: true, reporter: eventReporter(resultFile) });
  if (process.env.HOST_GREP) mocha.grep(process.env.HOST_GREP);
  for (const file of files.split(delimiter)) mocha.addFile(file);
  const nFailures = await new Promise<number>((done) => mocha.run(done));
  if (nFailures > 0) throw new Error(`${nFailures} tests failed`);
}

function eventReporter(resultFile: string) {
  const write = (event: TestEvent) => appendFileSync(resultFile, `${JSON.stringify(event)}\n`);
  return class extends Mocha.reporters.Base {
    constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
      super(runner, options);
      runner.on("pass", (test) => write({ kind: "passed", title: test.fullTitle(), durationMs: test.duration ?? 0 }));
      runner.on("pending", (test) => write({ kind: "skipped", title: test.fullTitle() }));
      runner.on("fail", (test, error) => {
        write({ kind: "failed", title: test.fullTitle(), error: String(error?.stack ?? error) });
      });
      runner.on("end", () => write({ kind: "end" }));
    }
  };
}
