// Reads what the suite writes inside the extension host, prints it, and decides what to believe.
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";

/** @typedef {import("./suite/testEvent.ts").TestEvent} TestEvent */

/**
 * Prints the lines of a result file as they appear.
 *
 * VS Code's own exit code is no proof: a killed extension host, or a test that calls process.exit, is reported as exit
 * 0. A session counts only when its result file ends with `end` and has a passed test.
 */
export class SuiteResult {
  nPassed = 0;
  nFailed = 0;

  /**
   * @param {string} file a file that does not exist yet
   * @param {string[]} testFiles
   * @param {boolean} mayBeEmpty a run of chosen tests need not have one in every session
   */
  constructor(file, testFiles, mayBeEmpty) {
    this.file = file;
    this.mayBeEmpty = mayBeEmpty;
    this.testFiles = testFiles;
    this.nShown = 0;
    this.ended = false;
    this.timer = setInterval(() => this.read(), 200);
  }

  read() {
    if (!existsSync(this.file)) return;
    const lines = readFileSync(this.file, "utf8").split("\n").slice(0, -1);
    for (const line of lines.slice(this.nShown)) this.show(JSON.parse(line));
    this.nShown = lines.length;
  }

  /** @param {TestEvent} event */
  show(event) {
    if (event.kind === "passed") {
      this.nPassed += 1;
      console.log(`  ✓ ${event.title} (${event.durationMs} ms)`);
    } else if (event.kind === "skipped") {
      console.log(`  - ${event.title} (skipped)`);
    } else if (event.kind === "failed") {
      this.nFailed += 1;
      console.log(`  ✗ ${event.title}\n      ${event.error.replaceAll("\n", "\n      ")}`);
    } else {
      this.ended = true;
    }
  }

  /** Reads the rest and counts a session that cannot be believed as one more failure.
   * @param {number | "timeout" | "page crash"} exit how VS Code says that the session ended */
  finish(exit) {
    clearInterval(this.timer);
    this.read();
    const doubt = this.doubt(exit);
    if (doubt === undefined) return;
    this.nFailed += 1;
    console.log(`  ✗ the session of ${this.testFiles.map((file) => basename(file)).join(", ")}: ${doubt}`);
  }

  /** @param {number | "timeout" | "page crash"} exit @returns {string | undefined} */
  doubt(exit) {
    if (exit === "timeout" || exit === "page crash") return `${exit}, ${this.nShown} results until then`;
    if (!this.ended) return `VS Code ended with ${exit} before the tests did, ${this.nShown} results until then`;
    if (this.nPassed === 0 && !(this.mayBeEmpty && this.nFailed === 0)) return "no test passed";
    if (exit !== 0 && this.nFailed === 0) return `VS Code ended with ${exit} although no test failed`;
    return undefined;
  }
}

/**
 * The suite's files in the order of its sessions: `*.afterRestart.test.ts` run in a second session of VS Code on the
 * same data folder and workspace, to see what survives a restart.
 *
 * @param {string[]} testFiles
 */
export function suiteSessions(testFiles) {
  const isLate = (/** @type {string} */ file) => file.endsWith(".afterRestart.test.cjs");
  return [testFiles.filter((file) => !isLate(file)), testFiles.filter(isLate)].filter((files) => files.length > 0);
}
