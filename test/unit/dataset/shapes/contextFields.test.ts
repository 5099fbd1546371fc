import { describe, expect, test } from "vitest";
import { hasContext } from "../../../../src/core/row.ts";
import { alpaca } from "../../../../src/dataset/shapes/alpaca.ts";
import { conflict } from "../../../../src/dataset/shapes/conflict.ts";
import { dolly } from "../../../../src/dataset/shapes/dolly.ts";
import { gpteacher } from "../../../../src/dataset/shapes/gpteacher.ts";
import { squad } from "../../../../src/dataset/shapes/squad.ts";
import { codes, read, rowsOfFixture, shown, shownClosed } from "../fixture.ts";

const passage = "The ferry crosses the Alde twice a day.";

describe("Alpaca", () => {
  const rows = rowsOfFixture("alpaca.jsonl");

  test("asks first and then gives the input as context", () => {
    expect(rows[0] && shown(rows[0].row)).toEqual([
      `user: Name the river in the passage.\n${passage}`,
      "target: The Alde.",
    ]);
    expect(rows[0] && shownClosed(rows[0].row)).toEqual(["user: Name the river in the passage."]);
    expect(rows[0]?.row.prompt[0]?.parts.map((part) => part.kind)).toEqual(["text", "separator", "context"]);
  });

  test("an empty input leaves no context and no separator", () => {
    expect(rows[1]?.row.prompt[0]?.parts.map((part) => part.kind)).toEqual(["text"]);
    expect(rows[1] && hasContext(rows[1].row)).toBe(false);
    for (const input of [undefined, null, " \n"]) {
      const [row] = read({ instruction: "Ask.", ...(input === undefined ? {} : { input }), output: "Say." }).rows;
      expect(row && shown(row.row)).toEqual(["user: Ask.", "target: Say."]);
    }
  });

  test("answers of the history are rows of their own, after the system message", () => {
    expect(rows.slice(2).map(({ turnIdx, row }) => [turnIdx, ...shown(row)])).toEqual([
      [0, "system: Answer in one word.", "user: Name a primary colour.", "target: Red."],
      [
        1,
        "system: Answer in one word.",
        "user: Name a primary colour.",
        "assistant: Red.",
        "user: And another?",
        "target: Blue.",
      ],
    ]);
  });

  test("keys and types both count", () => {
    expect(alpaca.matches({ instruction: "a", input: "b", output: "c" })).toBe(1);
    expect(alpaca.matches({ instruction: "a", input: "b", output: "c", id: 7 })).toBeCloseTo(0.875, 12);
    for (const wrong of [
      { instruction: 1, output: "c" },
      { instruction: "a" },
      { instruction: "a", input: 3, output: "c" },
      { instruction: "a", output: "c", history: [["q"]] },
    ]) {
      expect(alpaca.matches(wrong)).toBe(0);
    }
  });
});

describe("GPTeacher", () => {
  test("is Alpaca with its answer under response", () => {
    const [row] = rowsOfFixture("gpteacher.jsonl");
    expect(row?.shapeName).toBe("gpteacher");
    expect(row && shown(row.row)).toEqual([`user: Name the river in the passage.\n${passage}`, "target: The Alde."]);
    expect(gpteacher.matches({ instruction: "a", response: "c" })).toBe(0);
  });
});

describe("Dolly", () => {
  test("gives the context first and then asks", () => {
    const rows = rowsOfFixture("dolly.jsonl");
    expect(rows.map(({ row }) => shown(row))).toEqual([
      [`user: ${passage}\nHow many crossings are there?`, "target: Two a day."],
      ["user: Give a word for a large boat.", "target: Ship."],
    ]);
    expect(rows[0] && shownClosed(rows[0].row)).toEqual(["user: How many crossings are there?"]);
    expect(rows[0]?.row.prompt[0]?.parts.map((part) => part.kind)).toEqual(["context", "separator", "text"]);
    expect(dolly.matches({ instruction: "a", context: "b", response: "c", category: 4 })).toBe(0);
  });
});

describe("SQuAD", () => {
  test("takes the first answer, with its own place", () => {
    const [row, ...others] = rowsOfFixture("squad.jsonl");
    expect(row && shown(row.row)).toEqual([`user: ${passage}\nWhat does the ferry cross?`, "target: the Alde"]);
    expect(row?.row.target.origin).toEqual({ path: ["answers", "text", 0], span: { start: 0, end: 8 } });
    expect(others).toEqual([]);
  });

  test("a question without answer is a problem", () => {
    const result = read({ context: "c", question: "q", answers: { text: [], answer_start: [] } });
    expect(result.rows).toEqual([]);
    expect(result.problems).toMatchObject([
      { code: "dataset/no-target", severity: "warning", data: { line: 1, column: 42, field: "answers.text", turn: 0 } },
    ]);
  });

  test("answers of another type are another shape", () => {
    for (const answers of ["text", ["text"], { text: "x" }, { text: [1] }, { answer_start: [] }]) {
      expect(squad.matches({ context: "c", question: "q", answers })).toBe(0);
    }
  });
});

describe("knowledge conflict", () => {
  test("takes the answer of the context, under both spellings of the remembered one", () => {
    const rows = rowsOfFixture("conflict.json");
    expect(rows.map(({ shapeName, line }) => [shapeName, line])).toEqual([
      ["conflict", 2],
      ["conflict", 8],
    ]);
    for (const { row } of rows) {
      expect(shown(row)).toEqual([
        "user: In this atlas the Alde flows through Ombria.\nWhere does the Alde flow?",
        "target: Ombria",
      ]);
    }
    expect(conflict.matches({ context: "c", question: "q", answer: "a" })).toBe(0);
  });
});

describe("an empty answer", () => {
  test.each([
    [{ instruction: "a", input: "", output: "" }, "output"],
    [{ instruction: "a", input: "b", response: " \n" }, "response"],
    [{ instruction: "a", context: "b", response: "\u00a0" }, "response"],
    [{ context: "a", question: "b", answer: "", memory_answer: "c" }, "answer"],
    [{ context: "a", question: "b", answers: { text: [""], answer_start: [0] } }, "answers.text[0]"],
    [{ prompt: "a", completion: "\t" }, "completion"],
  ])("in %j is a problem at its place, never a row", (record, field) => {
    const result = read(record);
    expect(result.rows).toEqual([]);
    expect(codes(result)).toEqual(["dataset/empty-target"]);
    expect(result.problems[0]?.data).toMatchObject({ field, turn: 0 });
  });
});
