import { describe, expect, it } from "vitest";
import { jsonReport } from "../../../src/cli/reporters/json.ts";
import { jsonlReport } from "../../../src/cli/reporters/jsonl.ts";
import { exampleAudit, exampleFile } from "../report/exampleAudit.ts";

const lines = (withIfd = false) =>
  [...jsonlReport(exampleAudit, withIfd)].map((line) => JSON.parse(line) as Record<string, unknown>);

describe("jsonlReport", () => {
  it("has one line per row, its first fields in the documented order", () => {
    expect(
      [...jsonlReport(exampleAudit, false)].every(
        (line) => line.endsWith("\n") && line.indexOf("\n") === line.length - 1,
      ),
    ).toBe(true);
    expect(lines().map(({ row }) => row)).toEqual(exampleFile.rows.map(({ line }) => line));
    expect(Object.keys(lines()[0] ?? {}).slice(0, 9)).toEqual([
      "row",
      "shape",
      "verdict",
      "flagged",
      "nTargetTokens",
      "openPerplexity",
      "closedPerplexity",
      "gain",
      "problems",
    ]);
  });

  it("gives numbers in full precision, the turn counted from 1", () => {
    expect(lines()[6]).toMatchObject({ turn: 2, closedPerplexity: exampleFile.rows[6]?.measures?.closedPerplexity });
  });

  it("gives null, and the problem, for a row without a score", () => {
    expect(lines()[5]).toMatchObject({
      ...{ row: 6, shape: null, verdict: null, flagged: false, gain: null, closedPerplexity: null, percentile: null },
      problems: [{ code: "dataset/invalid-json", severity: "error", column: 5 }],
    });
  });

  it("has the two forms of IFD only when they were asked for", () => {
    expect(lines()[0]).not.toHaveProperty("ifdCherry");
    expect(lines(true)[0]).toMatchObject({ ifdCherry: null, ifdSuperfiltering: null });
  });
});

describe("jsonReport", () => {
  it("holds the same rows, and what they were made with", () => {
    const whole = JSON.parse([...jsonReport({ ...exampleAudit, files: [exampleFile, exampleFile] }, false)].join(""));
    expect(whole.files).toHaveLength(2);
    expect(whole.files[1].rows).toEqual(lines());
    expect(whole.files[0]).toMatchObject({
      nRows: 8,
      nRowsWithContext: 6,
      nFlagged: 2,
      nNotScored: 1,
      isComplete: true,
    });
    expect(whole.model.modelHash).toBe(exampleAudit.model.modelHash);
    expect(whole.formulas).toContainEqual({ name: "non-context-critical", version: 1 });
  });

  it("is valid JSON without any file or row", () => {
    expect(JSON.parse([...jsonReport({ ...exampleAudit, files: [] }, true)].join("")).files).toEqual([]);
  });
});
