import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Span } from "../../../src/core/span.ts";
import { ScoredDocument } from "../../../src/extension/scoredDocument.ts";
import { EditedLines, scoredRecord } from "./fixtures.ts";

/** Every line scored, its number as the loss. */
function scoredLines(text: string): EditedLines {
  const lines = text.split("\n");
  const document = new ScoredDocument(lines.length);
  for (const [line, content] of lines.entries()) {
    if (document.recall(line, content) === null) document.place(line, scoredRecord(content, Number(content)));
  }
  return new EditedLines(text, document);
}

/** The text whose score each line shows: `?` for none, empty for a blank line. */
function shown({ document, lines }: EditedLines): string[] {
  const byHash = new Map(lines.map((text) => [scoredRecord(text, 1).hash, text]));
  return lines.map((_, line) => {
    const slot = document.slot(line);
    if (slot === null) return "?";
    return slot === "blank" ? "" : (byHash.get(slot.hash) ?? "a text that is not there");
  });
}

describe("edits of a file of lines", () => {
  it("takes the score of a changed line at once and leaves the others", () => {
    const edited = scoredLines("1\n2\n3");
    edited.edit([1, 1], [1, 1], "5");
    expect(shown(edited)).toEqual(["1", "?", "3"]);
    expect(edited.document.counts()).toMatchObject({ nRows: 3, nScored: 2, nUnscored: 1 });
  });

  it("gives the score back when the change is undone", () => {
    const edited = scoredLines("1\n2\n3");
    edited.edit([1, 0], [1, 1], "77");
    edited.edit([1, 0], [1, 2], "2");
    expect(shown(edited)).toEqual(["1", "2", "3"]);
  });

  it("moves scores with their lines when lines are inserted or deleted above", () => {
    const edited = scoredLines("1\n2\n3");
    edited.edit([0, 0], [0, 0], "8\n9\n");
    expect(shown(edited)).toEqual(["?", "?", "1", "2", "3"]);
    edited.edit([0, 0], [3, 0], "");
    expect(shown(edited)).toEqual(["2", "3"]);
  });

  it("keeps the score of a line that is cut and pasted elsewhere, and of a copy of it", () => {
    const edited = scoredLines("1\n2\n3");
    edited.edit([0, 0], [1, 0], "");
    edited.edit([1, 1], [1, 1], "\n1\n1");
    expect(shown(edited)).toEqual(["2", "3", "1", "1"]);
    expect(edited.document.slot(2)).toBe(edited.document.slot(3));
  });

  it("takes several stretches of one edit over", () => {
    const edited = scoredLines("1\n2\n3\n4\n5");
    edited.edits([
      { start: [4, 0], end: [4, 1], text: "9\n5" },
      { start: [2, 0], end: [3, 0], text: "" },
      { start: [0, 1], end: [0, 1], text: "\n7" },
    ]);
    expect(edited.lines).toEqual(["1", "7", "2", "4", "9", "5"]);
    expect(shown(edited)).toEqual(["1", "?", "2", "4", "?", "5"]);
  });

  it("counts a line that becomes blank as no row, and a blank line that is filled as an unscored one", () => {
    const edited = scoredLines("1\n\n3");
    expect(edited.document.counts().nRows).toBe(2);
    edited.edit([0, 0], [0, 1], "");
    edited.edit([1, 0], [1, 0], "8");
    expect(shown(edited)).toEqual(["", "?", "3"]);
    expect(edited.document.counts()).toMatchObject({ nRows: 2, nScored: 1, nUnscored: 1 });
  });

  it("counts Windows line ends as one line break", () => {
    const document = new ScoredDocument(1);
    const lines = ["1", "2", "3"];
    document.applyLineChanges(
      [{ startLine: 0, endLine: 0, offset: 0, length: 1, text: "1\r\n2\r\n3" }],
      (i) => lines[i] ?? "",
    );
    expect(document.nSlots).toBe(3);
  });

  it("survives a paste of more lines than a call has arguments", () => {
    const edited = scoredLines("1\n2");
    const lines = ["1", ...new Array<string>(300_000).fill("9"), "2"];
    const text = `\n${new Array<string>(300_000).fill("9").join("\n")}`;
    edited.document.applyLineChanges([{ startLine: 0, endLine: 0, offset: 1, length: 0, text }], (i) => lines[i] ?? "");
    expect(edited.document.nSlots).toBe(300_002);
    expect(edited.document.slot(0)).not.toBeNull();
    expect(edited.document.slot(300_001)).not.toBeNull();
  });

  it("never shows a score at another text, whatever is edited", () => {
    const line = fc.constantFrom("1", "2", "3", "");
    const place = fc.tuple(fc.nat(9), fc.nat(2));
    const edit = fc.record({ from: place, to: place, text: fc.array(line, { maxLength: 4 }) });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), fc.array(edit, { maxLength: 8 }), (lines, edits) => {
        const edited = scoredLines(lines.join("\n"));
        for (const { from, to, text } of edits) {
          const clamp = ([l, c]: [number, number]): [number, number] => {
            const atLine = Math.min(l, edited.lines.length - 1);
            return [atLine, Math.min(c, (edited.lines[atLine] ?? "").length)];
          };
          const [start, end] = [clamp(from), clamp(to)].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
          if (start && end) edited.edit(start, end, text.join("\n"));
          expect(edited.document.nSlots).toBe(edited.lines.length);
          for (const [lineIdx, content] of shown(edited).entries()) {
            if (content !== "?") expect(content).toBe(edited.lines[lineIdx]);
          }
        }
      }),
    );
  });
});

describe("edits of a JSON array", () => {
  const text = "[11, 22, 33]";
  const spans = [
    { start: 1, end: 3 },
    { start: 5, end: 7 },
    { start: 9, end: 11 },
  ];
  const indexed = () => {
    const document = new ScoredDocument(3, spans);
    for (const [slotIdx, { start, end }] of spans.entries()) {
      const element = text.slice(start, end);
      document.place(slotIdx, scoredRecord(element, Number(element) / 11));
    }
    return document;
  };
  const change = (offset: number, length: number, inserted: string) => [
    { startLine: 0, endLine: 0, offset, length, text: inserted },
  ];
  const isKnown = (document: ScoredDocument) =>
    Array.from({ length: document.nSlots }, (_, slotIdx) => document.slot(slotIdx) !== null);

  it("takes the score of a touched element at once and moves the later ones", () => {
    const document = indexed();
    document.applyArrayChanges(change(6, 1, "999"));
    expect(isKnown(document)).toEqual([true, false, true]);
    expect(document.spans).toEqual([
      { start: 1, end: 3 },
      { start: 5, end: 9 },
      { start: 11, end: 13 },
    ]);
  });

  it("leaves all scores when only the space between elements changes", () => {
    const document = indexed();
    document.applyArrayChanges(change(4, 1, "\n    "));
    expect(isKnown(document)).toEqual([true, true, true]);
    expect(document.slotAtOffset(9)).toBe(1);
  });

  it("gives moved, copied and undone elements their scores when it is indexed again", () => {
    const document = indexed();
    document.applyArrayChanges(change(1, 10, "33, 44, 11"));
    expect(isKnown(document)).toEqual([false, false, false]);
    const newText = "[33, 44, 11]";
    const reindex = (text: string, at: readonly Span[]) =>
      document.reindex(at.map((span) => ({ span, slot: document.known(span, text.slice(span.start, span.end)) })));
    reindex(newText, spans);
    expect(isKnown(document)).toEqual([true, false, true]);
    reindex("[33, 22, 11,        22]", [...spans, { start: 20, end: 22 }]);
    expect(isKnown(document)).toEqual([true, true, true, true]);
  });

  it("finds the element at an offset or after it", () => {
    const document = indexed();
    expect([0, 1, 2, 3, 8, 10, 11].map((offset) => document.slotAtOffset(offset))).toEqual([0, 0, 0, 1, 2, 2, -1]);
  });
});

describe("judging", () => {
  it("flags the lowest quarter of what is scored, copies included, and nothing after an edit took it away", () => {
    const edited = scoredLines("4\n1\n3\n2");
    const { document } = edited;
    expect(document.judgement).toBeNull();
    expect(document.judge(0.25)).toMatchObject({ nFlagged: 1, nRowsWithContext: 4 });
    const easiest = document.slot(1);
    if (easiest === null || easiest === "blank") throw new Error("line 2 is scored");
    expect(document.verdict(easiest, 0)).toMatchObject({ flagged: true, rank: 1, verdict: "redundant" });
    edited.edit([1, 0], [1, 1], "9");
    document.judge(0.25);
    const next = document.slot(3);
    if (next === null || next === "blank") throw new Error("line 4 is scored");
    expect(document.verdict(next, 0)).toMatchObject({ flagged: true, rank: 1 });
    expect(document.verdict(easiest, 0)).toBeNull();
  });

  it("takes verdicts back without the numbers, and numbers with the verdicts", () => {
    const { document } = scoredLines("1\n\n2");
    document.judge(0.5);
    document.clearVerdicts();
    expect(document.judgement).toBeNull();
    expect(document.counts().nScored).toBe(2);
    document.clear();
    expect(document.counts()).toMatchObject({ nScored: 0, nUnscored: 2, nRows: 2 });
    expect(document.recall(0, "1")).toBeNull();
  });
});
