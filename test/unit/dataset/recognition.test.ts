import { describe, expect, test } from "vitest";
import { recognise, shapeOfRecord } from "../../../src/dataset/recognition.ts";
import type { Shape } from "../../../src/dataset/shape.ts";
import { shapeNamed, shapeTable } from "../../../src/dataset/shapeTable.ts";
import { fixtureText } from "./fixture.ts";

const alpacaRow = { instruction: "a", input: "b", output: "c" };
const chatRow = { prompt: "a", completion: "b" };

describe("recognise", () => {
  test.each([
    ["alpaca.jsonl", "alpaca"],
    ["gpteacher.jsonl", "gpteacher"],
    ["dolly.jsonl", "dolly"],
    ["openaiChat.jsonl", "openai-chat"],
    ["sharegpt.jsonl", "sharegpt"],
    ["promptCompletion.jsonl", "prompt-completion"],
    ["squad.jsonl", "squad"],
    ["conflict.json", "conflict"],
  ])("knows %s, sure of every record", (name, shapeName) => {
    const text = fixtureText(name);
    const records = text.startsWith("[")
      ? JSON.parse(text)
      : text
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line));
    const recognition = recognise(records);
    expect(recognition.shape?.name).toBe(shapeName);
    expect(recognition).toMatchObject({
      confidence: 1,
      nRecords: records.length,
      votes: [{ nRecords: records.length }],
    });
  });

  test("the majority decides, and confidence says how large it is", () => {
    const recognition = recognise([alpacaRow, chatRow, alpacaRow, { x: 1 }]);
    expect(recognition.shape?.name).toBe("alpaca");
    expect(recognition.confidence).toBe(0.5);
    expect(recognition.votes.map(({ shape, nRecords }) => [shape.name, nRecords])).toEqual([
      ["alpaca", 2],
      ["prompt-completion", 1],
    ]);
  });

  test("ties go to the shape that is earlier in the table, whatever the order of records", () => {
    expect(recognise([chatRow, alpacaRow]).shape?.name).toBe("alpaca");
    expect(recognise([alpacaRow, chatRow]).shape?.name).toBe("alpaca");
  });

  test("nothing is recognised in nothing", () => {
    expect(recognise([])).toEqual({ shape: null, confidence: 0, nRecords: 0, votes: [] });
    expect(recognise([{ x: 1 }])).toEqual({ shape: null, confidence: 0, nRecords: 1, votes: [] });
  });

  test("a new shape is one entry", () => {
    const facts: Shape = {
      name: "facts",
      title: "Facts",
      matches: (record) => (typeof record.fact === "string" ? 1 : 0),
      rows: () => ({ rows: [], problems: [] }),
    };
    expect(recognise([{ fact: "x" }], [...shapeTable, facts]).shape).toBe(facts);
  });
});

describe("shapeOfRecord", () => {
  test("takes the shape that explains more keys", () => {
    expect(shapeOfRecord({ instruction: "a", input: "b", output: "c", response: "d" })?.name).toBe("gpteacher");
    expect(
      shapeOfRecord({
        context: "a",
        question: "b",
        answer: "c",
        memory_answer: "d",
        answers: { text: ["x"], answer_start: [0] },
      })?.name,
    ).toBe("conflict");
  });

  test.each([[{}], [{ text: "x" }], [{ instruction: "a" }], [{ messages: [] }], [{ prompt: 1, completion: 2 }]])(
    "has none for %j",
    (record) => {
      expect(shapeOfRecord(record)).toBeNull();
    },
  );
});

test("names in the table are unique and found", () => {
  expect(new Set(shapeTable.map((shape) => shape.name)).size).toBe(shapeTable.length);
  for (const shape of shapeTable) expect(shapeNamed(shape.name)).toBe(shape);
  expect(shapeNamed("nothing")).toBeUndefined();
});
