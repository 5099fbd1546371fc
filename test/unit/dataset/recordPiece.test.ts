import { describe, expect, test } from "vitest";
import { LineEnds, layoutPiece, OpenPiece } from "../../../src/dataset/recordPiece.ts";

const place = { offset: 12, line: 3, lineStart: 10 };

describe("OpenPiece", () => {
  test("gathers a piece from chunks and trims its end", () => {
    const piece = new OpenPiece(100);
    expect(piece.place).toBeNull();
    piece.begin(place);
    piece.append('{"a"');
    piece.append(":1");
    expect(piece.place).toEqual(place);
    expect(piece.finish("} \t", [])).toEqual({
      place,
      text: '{"a":1}',
      length: 7,
      isTooLong: false,
      isLayout: false,
      layoutProblems: [],
    });
    expect(piece.place).toBeNull();
  });

  test("forgets one piece before the next", () => {
    const piece = new OpenPiece(100);
    piece.begin(place);
    piece.append("first");
    piece.finish("", []);
    piece.begin(place);
    expect(piece.finish("second", []).text).toBe("second");
  });

  test("leaves out a comma at the end only when asked", () => {
    const piece = new OpenPiece(100);
    piece.begin(place);
    expect(piece.finish('{"a":1 , ', [], true)).toMatchObject({ text: '{"a":1', length: 6 });
    piece.begin(place);
    expect(piece.finish('{"a":1 , ', []).text).toBe('{"a":1 ,');
  });

  test.each([
    [[], "123456"],
    [["123", "45"], "6"],
    [["123456"], ""],
    [["12345678", "9"], "0"],
  ])("says that %j + %j is too long for 5", (parts, tail) => {
    const piece = new OpenPiece(5);
    piece.begin(place);
    for (const part of parts) piece.append(part);
    const length = parts.join("").length + tail.length;
    expect(piece.finish(tail, [])).toMatchObject({ text: "", isTooLong: true, length });
  });

  test("takes what is exactly as long as the limit", () => {
    const piece = new OpenPiece(5);
    piece.begin(place);
    piece.append("123");
    expect(piece.finish("45", [])).toMatchObject({ text: "12345", isTooLong: false });
  });
});

describe("LineEnds", () => {
  test("finds LF and CR, and the end of the text when there is none", () => {
    const ends = new LineEnds();
    ends.load("ab\ncd\r\nef\rg");
    expect([0, 2, 3, 6, 7, 10].map((from) => ends.next(from))).toEqual([2, 2, 5, 6, 9, 11]);
    ends.load("xyz");
    expect(ends.next(0)).toBe(3);
    ends.load("");
    expect(ends.next(0)).toBe(0);
  });
});

test("a layout piece only carries its problem", () => {
  const problem = { code: "dataset/extra-comma", severity: "warning", place, length: 1 } as const;
  expect(layoutPiece(problem)).toEqual({
    place,
    text: "",
    length: 1,
    isTooLong: false,
    isLayout: true,
    layoutProblems: [problem],
  });
});
