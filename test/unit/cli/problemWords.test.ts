import { describe, expect, it } from "vitest";
import { auditProblem, errorLine } from "../../../src/cli/problemWords.ts";
import { CodedError } from "../../../src/core/problem.ts";

describe("errorLine", () => {
  it("says code and sentence on one line", () => {
    expect(errorLine(new CodedError("cli/file-missing", { file: "a.jsonl" }))).toBe(
      "error cli/file-missing: The file a.jsonl does not exist. Check the path.\n",
    );
  });

  it("keeps nothing back of what was not foreseen", () => {
    expect(errorLine(new TypeError("x is not a function"))).toMatch(
      /^error cli\/unexpected: .*TypeError: x is not a function.*\n$/,
    );
    expect(errorLine("thrown text")).toContain("thrown text");
  });
});

describe("auditProblem", () => {
  it("keeps the column and leaves the line to the row", () => {
    const problem = auditProblem({ code: "row/no-target-tokens", severity: "warning", data: { line: 3, column: 7 } });
    expect(problem).toMatchObject({ code: "row/no-target-tokens", severity: "warning", column: 7 });
    expect(problem.sentence).not.toMatch(/[Ll]ine 3/);
  });

  it("has no column where the problem has no place", () => {
    expect(
      auditProblem({ code: "row/too-long", severity: "error", data: { nTokens: 600, windowTokens: 512 } }).column,
    ).toBeNull();
  });
});
