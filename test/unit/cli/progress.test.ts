import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { Progress, progressText } from "../../../src/cli/progress.ts";

describe("progressText", () => {
  it.each([
    [12, 0.1, 500, "a.jsonl: 12 rows"],
    [1204, 0.5, 10_000, "a.jsonl: 1,204 rows, 120 rows/s, about 10 s left"],
    [10, 0.01, 20_000, "a.jsonl: 10 rows, 0.5 rows/s"],
    [5000, 0.25, 600_000, "a.jsonl: 5,000 rows, 8.3 rows/s, about 30 min left"],
    [5000, 0.05, 1_800_000, "a.jsonl: 5,000 rows, 2.8 rows/s, about 9.5 h left"],
    [5000, 1, 10_000, "a.jsonl: 5,000 rows, 500 rows/s"],
  ])("of %d rows and a share of %d after %d ms is %s", (nRows, fraction, elapsedMs, text) => {
    expect(progressText("a.jsonl", nRows, fraction, elapsedMs)).toBe(text);
  });
});

describe("Progress", () => {
  it("writes nothing where lines cannot be rewritten", () => {
    const err = new PassThrough();
    const progress = new Progress(err, false, "a.jsonl");
    progress.update(1, 0.5);
    progress.clear();
    expect(err.read()).toBeNull();
  });

  it("redraws at most ten times a second and removes its line", async () => {
    const err = new PassThrough({ encoding: "utf8" });
    const progress = new Progress(err, true, "a.jsonl");
    await new Promise((resolve) => setTimeout(resolve, 110));
    for (let nRows = 0; nRows < 100; nRows++) progress.update(nRows, 0.5);
    progress.clear();
    progress.clear();
    expect(err.read()).toBe("\r\u001b[2Ka.jsonl: 0 rows\r\u001b[2K");
  });
});
