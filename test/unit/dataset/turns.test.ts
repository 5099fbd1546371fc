import { describe, expect, test } from "vitest";
import type { MessageRole } from "../../../src/core/role.ts";
import { isString } from "../../../src/dataset/jsonValue.ts";
import { keyMatch } from "../../../src/dataset/keyMatch.ts";
import {
  contextFirst,
  contextLast,
  fieldName,
  isBlank,
  message,
  singleRow,
  textPart,
} from "../../../src/dataset/rowParts.ts";
import { rowsOfTurns, type Turn, turnProblem } from "../../../src/dataset/turns.ts";
import { shown } from "./fixture.ts";

const turn = (role: MessageRole, text: string, target?: "none" | "untrained"): Turn => ({
  role,
  parts: [textPart(text, ["t", text])],
  path: ["t", text],
  ...(target === undefined ? {} : { target }),
});
const options = { path: ["t"] };

describe("rowsOfTurns", () => {
  const turns = [turn("user", "u0"), turn("assistant", "a0"), turn("user", "u1"), turn("assistant", "a1")];

  test("gives a row per assistant turn with its own history", () => {
    const { rows, problems } = rowsOfTurns(turns, { ...options, before: [message("system", [textPart("s", ["s"])])] });
    expect(problems).toEqual([]);
    expect(rows.map(({ turnIdx, row }) => [turnIdx, ...shown(row)])).toEqual([
      [0, "system: s", "user: u0", "target: a0"],
      [1, "system: s", "user: u0", "assistant: a0", "user: u1", "target: a1"],
    ]);
  });

  test("counts turns of the history, but does not train on them", () => {
    const { rows } = rowsOfTurns(turns, { ...options, firstTarget: 2 });
    expect(rows.map(({ turnIdx }) => turnIdx)).toEqual([1]);
  });

  test("a problem stands beside the turns; an error ends them", () => {
    const warning = turnProblem("dataset/part-not-text", "warning", ["t"], {});
    const error = turnProblem("dataset/unknown-role", "error", ["t"], {});
    expect(rowsOfTurns([warning, ...turns], options)).toMatchObject({ rows: [{}, {}], problems: [warning] });
    expect(rowsOfTurns([...turns.slice(0, 2), error, ...turns.slice(2)], options)).toMatchObject({
      rows: [{ turnIdx: 0 }],
      problems: [error],
    });
    expect(rowsOfTurns([error], options).problems).toEqual([error]);
  });

  test("a turn that is no target is said and stays in the history", () => {
    const { rows, problems } = rowsOfTurns(
      [
        turn("assistant", "x", "none"),
        turn("assistant", "y", "untrained"),
        turn("assistant", " "),
        turn("assistant", "z"),
      ],
      options,
    );
    expect(problems.map(({ code, path, data }) => [code, path.at(-1), data.turn])).toEqual([
      ["dataset/no-target", "x", 0],
      ["dataset/turn-not-trained", "y", 1],
      ["dataset/empty-target", " ", 2],
    ]);
    expect(rows.map(({ turnIdx, row }) => [turnIdx, row.prompt.length])).toEqual([[3, 3]]);
  });
});

describe("parts", () => {
  const context = textPart("passage", ["c"], "context");
  const question = textPart("ask", ["q"]);

  test("the separator stands between context and words, on either side", () => {
    expect(contextFirst(context, question).parts.map(({ kind, text }) => [kind, text])).toEqual([
      ["context", "passage"],
      ["separator", "\n"],
      ["text", "ask"],
    ]);
    expect(contextLast(question, context).parts.map(({ kind, text }) => [kind, text])).toEqual([
      ["text", "ask"],
      ["separator", "\n"],
      ["context", "passage"],
    ]);
    expect(contextFirst(context, question).parts[1]?.origin).toBeUndefined();
  });

  test("a blank context leaves neither context nor separator", () => {
    const blank = textPart(" \n\u3000", ["c"], "context");
    expect(contextFirst(blank, question).parts).toEqual([question]);
    expect(contextLast(question, blank).parts).toEqual([question]);
  });

  test("origins span the whole string in UTF-16 code units", () => {
    expect(textPart("a😀", ["x", 0]).origin).toEqual({ path: ["x", 0], span: { start: 0, end: 3 } });
  });

  test("one answer makes one row, a blank one a problem", () => {
    expect(singleRow([], question).rows).toEqual([{ turnIdx: 0, row: { prompt: [], target: question } }]);
    expect(singleRow([], textPart("\n", ["q"]))).toEqual({
      rows: [],
      problems: [{ code: "dataset/empty-target", severity: "warning", data: { field: "q", turn: 0 }, path: ["q"] }],
    });
    expect(["", " ", "\u00a0\n", "\u200b", "x"].map(isBlank)).toEqual([true, true, true, false, false]);
  });

  test("paths are written as people write them", () => {
    expect(fieldName(["messages", 2, "content", 0, "text"])).toBe("messages[2].content[0].text");
    expect(fieldName([])).toBe("");
  });
});

describe("keyMatch", () => {
  const required = { a: isString };
  const optional = { b: isString };

  test.each([
    [{ a: "x" }, 1],
    [{ a: "x", b: "y" }, 1],
    [{ a: "x", c: 1 }, 0.75],
    [{ a: "x", b: "y", c: 1, d: 2 }, 0.75],
    [{ b: "y" }, 0],
    [{ a: 1 }, 0],
    [{ a: "x", b: 2 }, 0],
    [{}, 0],
  ])("of %j is %d", (record, expected) => {
    expect(keyMatch(record, required, optional)).toBe(expected);
  });
});
