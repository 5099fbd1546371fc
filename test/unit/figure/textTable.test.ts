import { describe, expect, it } from "vitest";
import { textTable } from "../../../src/figure/textTable.ts";
import { byTag, findAll, ownText } from "./svgQuery.ts";

const frame = { id: "f", widthPx: 500 };
const columns = ["", "before", "after"];
const labels = (rows: string[][], widthPx = 500) =>
  findAll(textTable("T", { columns, rows }, { ...frame, widthPx }), ({ tag }) => tag === "text");

describe("textTable", () => {
  it("writes every cell of the columns, a dash where there is none", () => {
    expect(labels([["answer", "Lima"]]).map(ownText)).toEqual(["", "before", "after", "answer", "Lima", "–"]);
  });

  it("breaks long cells at spaces, below themselves, and loses no word of a few lines", () => {
    const words = Array.from({ length: 40 }, (_, i) => `word${i}`).join(" ");
    const lines = labels([["a", words, "b"]]).filter((each) => ownText(each).startsWith("word"));
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.map(ownText).join(" ")).toBe(words);
    expect(new Set(lines.map(({ attributes }) => attributes.x)).size).toBe(1);
    const ys = lines.map(({ attributes }) => Number(attributes.y));
    expect(ys).toEqual([...ys].sort((a, b) => a - b));
  });

  it("cuts what is too long even so, inside a word where there is no space", () => {
    const lines = labels([["a", "x".repeat(10_000), "b"]]).filter((each) => ownText(each).startsWith("x"));
    expect(lines).toHaveLength(8);
    expect(ownText(lines.at(-1))).toMatch(/…$/);
  });

  it("reads its rows out, and says when there are none", () => {
    const desc = (rows: string[][]) => ownText(byTag(textTable("T", { columns, rows }, frame), "desc"));
    expect(desc([["answer", "Lima", "Quito"]])).toBe("answer, before Lima, after Quito.");
    expect(desc([])).toBe("There is nothing to show.");
  });
});
