import { describe, expect, it } from "vitest";
import { closeUpRows } from "../../../src/report/closeUpRows.ts";
import { auditFile, auditRow, exampleFile, measuresOf } from "./exampleAudit.ts";

describe("closeUpRows", () => {
  it("picks one clear row of each verdict that has a context", () => {
    expect(closeUpRows(exampleFile).map(({ rowIdx, reason }) => [rowIdx, reason])).toEqual([
      [0, "The surest redundant row"],
      [1, "The largest context gain"],
      [2, "The context decides only how it begins"],
      [3, "The context harms most"],
    ]);
  });

  it("picks a flagged row that gains all the same, after the clear ones", () => {
    const rows = [-0.5, -0.6, -3, -4].map((closed, i) => auditRow(i + 1, measuresOf([-0.01, -0.01], [closed, closed])));
    expect(closeUpRows(auditFile("gains.jsonl", rows)).map(({ rowIdx }) => rowIdx)).toEqual([3, 0]);
  });

  it("picks nothing where nothing was compared", () => {
    expect(closeUpRows(auditFile("none.jsonl", [auditRow(1, null), auditRow(2, measuresOf([-1], null))]))).toEqual([]);
  });
});
