import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { tableReport } from "../../../src/cli/reporters/table.ts";
import { textCells } from "../../../src/figure/textCells.ts";
import { auditFile, auditRow, exampleAudit, exampleFile, measuresOf } from "../report/exampleAudit.ts";

const table = (columns: number, hasColour = false, audit = exampleAudit) =>
  [...tableReport(audit, { columns, hasColour })].join("");
const rowLines = (text: string) => text.split("\n").filter((line) => /^ +\d/.test(line));

describe("tableReport", () => {
  it("reads like this", async () => {
    await expect(table(120)).toMatchFileSnapshot("snapshots/table120.txt");
    await expect(table(80)).toMatchFileSnapshot("snapshots/table80.txt");
  });

  it.each([80, 100, 120, 160])("fits its rows into %d cells, wide characters included", (columns) => {
    const question = "東京タワーの高さは何メートルですか？".repeat(4);
    const file = auditFile("wide.jsonl", [...exampleFile.rows, auditRow(9, measuresOf([-1], [-2]), { question })]);
    const lines = rowLines(table(columns, false, { ...exampleAudit, files: [file] }));
    expect(lines).toHaveLength(9);
    for (const line of lines) expect(textCells(line)).toBeLessThanOrEqual(columns);
  });

  it("marks flagged rows by a word", () => {
    const lines = rowLines(table(120));
    for (const [i, line] of lines.entries()) {
      expect(line.includes("flagged")).toBe(exampleFile.verdicts.rows[i]?.flagged ?? false);
    }
  });

  it("adds nothing but colour when it may", () => {
    const coloured = table(120, true);
    expect(coloured).not.toBe(table(120));
    expect(stripVTControlCharacters(coloured)).toBe(table(120));
  });

  it("prints text from the dataset, never obeys it", () => {
    const file = auditFile("evil\u001b[2J.jsonl", [
      auditRow(1, measuresOf([-1], [-2]), { question: "\u001b[31m\nboo\u0007" }),
    ]);
    const text = table(120, false, { ...exampleAudit, files: [file] });
    expect(text).not.toMatch(/[^\P{Control}\n]/u);
  });

  it("says of several files what they come to together", () => {
    const text = table(120, false, { ...exampleAudit, files: [exampleFile, exampleFile] });
    expect(text).toContain("All 2 files: 4 of 12 rows are easy without their context.");
  });

  it("shortens a long file and says where the rest is", () => {
    const rows = Array.from({ length: 600 }, (_, i) => auditRow(i + 1, measuresOf([-0.1], [-1 - i / 100])));
    const text = table(120, false, { ...exampleAudit, files: [auditFile("long.jsonl", rows)] });
    expect(rowLines(text)).toHaveLength(200);
    expect(text).toContain("The 200 of 600 rows that matter most; all of them: --format jsonl.");
  });

  it("says that flags are provisional when the run was stopped", () => {
    expect(table(120, false, { ...exampleAudit, files: [{ ...exampleFile, isComplete: false }] })).toContain(
      "provisional",
    );
  });
});
