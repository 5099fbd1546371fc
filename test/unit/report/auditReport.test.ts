import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { auditReport, headline } from "../../../src/report/auditReport.ts";
import { auditFile, auditRow, exampleAudit, exampleCloseUps, exampleFile, measuresOf } from "./exampleAudit.ts";

const page = auditReport(exampleAudit, [exampleCloseUps]);

describe("auditReport", () => {
  it("needs nothing but itself: no script, no address to load from, a policy that forbids both", () => {
    expect(page).not.toMatch(/<script|<iframe|<object|<img|<link|@import|url\((?!#)/);
    expect(page.match(/https?:\/\/[^"<\s]+/g)?.filter((address) => address !== "http://www.w3.org/2000/svg")).toEqual(
      [],
    );
    expect(page).toContain("default-src &#39;none&#39;");
  });

  it("allows exactly its own style sheet", () => {
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(page).toContain(`style-src &#39;sha256-${hash}&#39;`);
    expect(page).not.toMatch(/ style="/);
  });

  it("shows text from the dataset as text", () => {
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  });

  it("says first what was found, and by which model", () => {
    expect(/<h1>(.*?)<\/h1>/.exec(page)?.[1]).toBe("2 of 6 rows are easy without their context.");
    expect(page).toContain("tiny-reader: float32, 6 layers, vocabulary 4,096, window 512 tokens");
    expect(page).toContain("ab".repeat(32));
    expect(page).toContain("non-context-critical (version 1)");
    expect(page).toContain("context-reliance 1.2.3, 2026-01-02 03:04 UTC");
  });

  it("marks exactly the flagged rows, with a word", () => {
    const rows = [...page.matchAll(/<tr class="(\w*)"><th scope="row">(\d+)<\/th>(.*?)<\/tr>/g)];
    expect(rows).toHaveLength(exampleFile.rows.length);
    for (const [i, [, className, line, cells]] of rows.entries()) {
      const flagged = exampleFile.verdicts.rows[i]?.flagged ?? false;
      expect([line, className === "flagged", cells?.includes(">flagged<")]).toEqual([
        String(exampleFile.rows[i]?.line),
        flagged,
        flagged,
      ]);
    }
  });

  it("lists what went wrong with its line and code", () => {
    expect(page).toContain("<h3>1 problem</h3>");
    expect(page).toContain(
      "line 6, column 5: The line is not valid JSON. Close the brace. <code>dataset/invalid-json</code>",
    );
  });

  it("gives every id once and refers to ids that exist", () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
    const named = [...page.matchAll(/aria-labelledby="([^"]+)"/g)].flatMap((match) => match[1]?.split(" ") ?? []);
    const linked = [...page.matchAll(/(?:href="|url\()#([^")]+)/g)].map((match) => match[1]);
    expect(named.length).toBeGreaterThan(0);
    for (const id of [...named, ...linked]) expect(ids).toContain(id);
  });

  it("shows the context-dependency of every turn where it was measured", () => {
    const scored = (scores: readonly (number | null)[]) => ({
      ...exampleFile,
      rows: exampleFile.rows.map((row, i) => ({ ...row, dependency: scores[i] ?? null })),
    });
    const files = [scored([0.7, 0.6, 0.61, 0.2, 0.1]), scored([])];
    const measured = auditReport({ ...exampleAudit, files, dependency: { layerIdx: 4, threshold: 0.6 } }, []);
    expect(measured).toContain(
      "2 of 5 turns score above 0.6 at layer 4. Half of them score 0.200 to 0.610, the median is 0.600, all are in 0.100 to 0.700.",
    );
    expect(measured).toContain("0 of 0 turns score above 0.6 at layer 4. A share of attention");
    expect([...measured.matchAll(/data-name="dependency">([^<]*)</g)].map((match) => match[1]).slice(0, 6)).toEqual([
      "0.700",
      "0.600",
      "0.610",
      "0.200",
      "0.100",
      "–",
    ]);
    expect(measured).toContain("context-dependency score (version 1)");
    const ids = [...measured.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(measured).not.toMatch(/NaN|undefined|Infinity/);
    expect(page).not.toContain("context-dependency");
  });

  it("shows the picked rows token by token, as picture and as table", () => {
    expect(page).toContain("The context decides only how it begins: line 3");
    expect(page.match(/<summary>As a table<\/summary>/g)).toHaveLength(1);
    expect(page).toMatch(/<code>·Austr<\/code>/);
  });

  it("says that flags are provisional after a run that was stopped, and not otherwise", () => {
    const stopped = auditReport({ ...exampleAudit, files: [{ ...exampleFile, isComplete: false }] }, []);
    expect(stopped).toContain("the flags are provisional");
    expect(page).not.toContain("provisional");
  });

  it("gives several files a table with links, and each its section", () => {
    const other = auditFile("other.jsonl", [auditRow(1, measuresOf([-1], [-2]))]);
    const both = auditReport({ ...exampleAudit, files: [exampleFile, other] }, []);
    expect(/<h1>(.*?)<\/h1>/.exec(both)?.[1]).toBe("3 of 7 rows are easy without their context.");
    expect(both).toContain('<a href="#file1">other.jsonl</a>');
    expect(both).toContain('<section id="file1">');
  });

  it("stands for an empty file and for one without contexts", () => {
    for (const file of [auditFile("empty.jsonl", []), auditFile("bare.jsonl", [auditRow(1, measuresOf([-1], null))])]) {
      const empty = auditReport({ ...exampleAudit, files: [file] }, []);
      expect(empty).toContain("<h1>No row has a context to be compared with.</h1>");
      expect(empty).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  it("keeps the page of a broken file short", () => {
    const problems = [
      { code: "dataset/invalid-json", severity: "error" as const, sentence: "Not JSON.", column: null },
    ];
    const rows = Array.from({ length: 400 }, (_, i) => auditRow(i + 1, null, { problems }));
    const broken = auditReport({ ...exampleAudit, files: [auditFile("broken.jsonl", rows)] }, []);
    expect(broken).toContain("400 problems");
    expect(broken).toContain("and 350 more problems");
  });
});

describe("headline", () => {
  it("counts one row in the singular", () => {
    expect(headline([auditFile("a", [auditRow(1, measuresOf([-1], [-2]))])])).toBe(
      "1 of 1 row is easy without its context",
    );
  });
});
