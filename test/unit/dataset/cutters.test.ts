import { describe, expect, test } from "vitest";
import { ArrayCutter } from "../../../src/dataset/arrayCutter.ts";
import { ElementLayout } from "../../../src/dataset/elementLayout.ts";
import { LineCutter } from "../../../src/dataset/lineCutter.ts";
import type { PieceCutter, RecordPiece } from "../../../src/dataset/recordPiece.ts";

const start = { offset: 0, line: 1, lineStart: 0 };

function piecesOf(cutter: PieceCutter, ...chunks: string[]): RecordPiece[] {
  const pieces: RecordPiece[] = [];
  for (const chunk of chunks) {
    cutter.load(chunk);
    for (let piece = cutter.next(); piece !== null; piece = cutter.next()) pieces.push(piece);
  }
  const last = cutter.end();
  return last === null ? pieces : [...pieces, last];
}

const places = (pieces: readonly RecordPiece[]) =>
  pieces.map(({ text, place }) => [text, place.offset, place.line, place.offset - place.lineStart + 1]);

describe("LineCutter", () => {
  test("begins where it is told", () => {
    const cutter = new LineCutter({ offset: 10, line: 4, lineStart: 8 }, 100);
    expect(places(piecesOf(cutter, " a\n b"))).toEqual([
      ["a", 11, 4, 4],
      ["b", 14, 5, 2],
    ]);
  });

  test("does not care what stands in a line", () => {
    expect(places(piecesOf(new LineCutter(start, 100), '{"a\n"}', "\r\n\r\n[", "1]\n"))).toEqual([
      ['{"a', 0, 1, 1],
      ['"}', 4, 2, 1],
      ["[1]", 10, 4, 1],
    ]);
  });

  test("tells where the line that is not complete begins", () => {
    const cutter = new LineCutter(start, 100);
    cutter.load("a\n  b");
    expect([cutter.openOffset, cutter.next()?.text, cutter.openOffset]).toEqual([null, "a", null]);
    expect([cutter.next(), cutter.openOffset]).toEqual([null, 4]);
    expect([cutter.end()?.text, cutter.openOffset, cutter.end()]).toEqual(["b", null, null]);
  });
});

describe("ArrayCutter", () => {
  test("cuts elements with their places", () => {
    expect(places(piecesOf(new ArrayCutter(start, 100), '[{"a":[1,{"b":"]"}]} ,\n\t{"c":"\\"}"}, 5,"x"]'))).toEqual([
      ['{"a":[1,{"b":"]"}]}', 1, 1, 2],
      ['{"c":"\\"}"}', 24, 2, 2],
      ["5", 37, 2, 15],
      ['"x"', 39, 2, 17],
    ]);
  });

  test("goes on through chunks that end inside a string, an escape and white space", () => {
    const whole = '[{"a":"x\\"y"}, {"b":1}\n, {"c":2}]';
    const expected = places(piecesOf(new ArrayCutter(start, 100), whole));
    expect(expected).toHaveLength(3);
    expect(places(piecesOf(new ArrayCutter(start, 100), ...whole))).toEqual(expected);
    for (let cut = 0; cut <= whole.length; cut++) {
      expect(places(piecesOf(new ArrayCutter(start, 100), whole.slice(0, cut), whole.slice(cut)))).toEqual(expected);
    }
  });

  test("tells where the element that is not complete begins", () => {
    const cutter = new ArrayCutter(start, 100);
    cutter.load('[ {"a":');
    expect([cutter.next(), cutter.openOffset]).toEqual([null, 2]);
    cutter.load("1}");
    expect([cutter.next()?.text, cutter.openOffset]).toEqual(['{"a":1}', null]);
    expect(cutter.end()?.layoutProblems).toMatchObject([{ code: "dataset/array-not-closed", place: { offset: 9 } }]);
    expect(cutter.end()).toBeNull();
  });
});

describe("ElementLayout", () => {
  const at = (line: number, column: number) => ({ offset: line * 100 + column, line, lineStart: line * 100 });

  test("after one element knows the column in which elements begin", () => {
    const layout = new ElementLayout();
    layout.begin(at(1, 2), true);
    layout.finish();
    layout.begin(at(2, 2), true);
    expect([layout.beginsElement(at(3, 2)), layout.beginsElement(at(3, 4))]).toEqual([true, false]);
  });

  test("learns nothing from elements that begin in different columns or inside a line", () => {
    for (const [second, isLineHead] of [
      [at(2, 4), true],
      [at(2, 2), false],
    ] as const) {
      const layout = new ElementLayout();
      layout.begin(at(1, 2), true);
      layout.finish();
      layout.begin(second, isLineHead);
      layout.finish();
      expect(layout.beginsElement(at(3, 2))).toBe(false);
    }
  });

  test("a nested brace in that column of the first element forbids the conclusion for good", () => {
    const layout = new ElementLayout();
    layout.begin(at(1, 0), true);
    expect(layout.beginsElement(at(2, 0))).toBe(false);
    layout.finish();
    layout.begin(at(3, 0), true);
    expect(layout.beginsElement(at(4, 0))).toBe(false);
  });
});
