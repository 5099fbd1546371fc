import { describe, expect, it } from "vitest";
import { htmlText } from "../../../src/report/html.ts";
import { rowTable, shownRows } from "../../../src/report/rowTable.ts";
import { auditFile, auditRow, exampleFile, measuresOf } from "./exampleAudit.ts";

const long = auditFile(
  "long.jsonl",
  Array.from({ length: 1000 }, (_, i) => {
    const closed = -1 - ((i * 37) % 1000) / 100;
    return auditRow(i + 1, measuresOf([-0.1, -0.1], [closed, closed]));
  }),
  0.1,
);

describe("rowTable", () => {
  it("shows every row of a short file, and says nothing about more", () => {
    expect(shownRows(exampleFile)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(rowTable(exampleFile)).toHaveLength(1);
  });

  it("shows of a long file the flagged rows and then the nearest, in the order of the file, and says so", () => {
    const shown = shownRows(long);
    expect(shown).toHaveLength(200);
    expect(shown).toEqual([...shown].sort((a, b) => a - b));
    const flagged = long.rows.flatMap((_, i) => (long.verdicts.rows[i]?.flagged ? [i] : []));
    expect(flagged).toHaveLength(100);
    expect(shown).toEqual(expect.arrayContaining(flagged));
    expect(htmlText(rowTable(long)[0] ?? "")).toContain("The 200 of 1,000 rows that matter most");
  });

  it("shows turns only where a record has several", () => {
    const single = auditFile("single.jsonl", [auditRow(1, measuresOf([-1], [-2]))]);
    const heads = (file: typeof single) => rowTable(file).map(htmlText).join("").includes('<th scope="col">turn</th>');
    expect([heads(single), heads(exampleFile)]).toEqual([false, true]);
  });

  it("shows dashes, not numbers, for a row without a score", () => {
    const text = rowTable(auditFile("a", [auditRow(1, null)]))
      .map(htmlText)
      .join("");
    expect(text).toContain("not scored");
    expect(text.match(/>–</g)).toHaveLength(5);
  });
});
