import { describe, expect, test } from "vitest";
import { openaiChat } from "../../../../src/dataset/shapes/openaiChat.ts";
import { promptCompletion } from "../../../../src/dataset/shapes/promptCompletion.ts";
import { sharegpt } from "../../../../src/dataset/shapes/sharegpt.ts";
import { codes, fixtureText, originsHold, read, rowsOfFixture, shown } from "../fixture.ts";

describe("OpenAI chat", () => {
  test("gives one row per assistant turn with words, with all that was said before", () => {
    expect(rowsOfFixture("openaiChat.jsonl").map(({ turnIdx, row }) => [turnIdx, ...shown(row)])).toEqual([
      [
        1,
        "system: Be brief.",
        "user: When does the ferry leave?",
        "assistant: ",
        "tool: 08:15",
        "target: At a quarter past eight.",
      ],
      [
        2,
        "system: Be brief.",
        "user: When does the ferry leave?",
        "assistant: ",
        "tool: 08:15",
        "assistant: At a quarter past eight.",
        "user: Thanks.",
        "target: Good trip.",
      ],
    ]);
  });

  test("says that a turn only calls a tool, and that calls are left out of the prompt", () => {
    const result = read(JSON.parse(fixtureText("openaiChat.jsonl")));
    expect(result.problems.map(({ code, severity, data }) => [code, severity, data.field])).toEqual([
      ["dataset/tools-left-out", "information", "messages[2].tool_calls"],
      ["dataset/no-target", "warning", "messages[2].content"],
    ]);
  });

  test("names of tools and functions at the top are left out and said", () => {
    const messages = [
      { role: "user", content: "q" },
      { role: "assistant", content: "a" },
    ];
    expect(codes(read({ messages, tools: [] }))).toEqual(["dataset/tools-left-out"]);
    expect(codes(read({ messages, functions: [{ name: "f" }] }))).toEqual(["dataset/tools-left-out"]);
    expect(codes(read({ messages, tools: null }))).toEqual([]);
  });

  test("an assistant turn without content is empty, with its place", () => {
    const text = {
      messages: [
        { role: "user", content: "q" },
        { role: "assistant", content: null },
        { role: "assistant" },
        { role: "assistant", content: "  " },
      ],
    };
    expect(read(text).problems.map(({ code, data }) => [code, data.field, data.turn])).toEqual([
      ["dataset/empty-target", "messages[1].content", 0],
      ["dataset/empty-target", "messages[2]", 1],
      ["dataset/empty-target", "messages[3].content", 2],
    ]);
  });

  test("a turn of weight 0 is not trained, but stays in the history", () => {
    const result = read({
      messages: [
        { role: "user", content: "q" },
        { role: "assistant", content: "a", weight: 0 },
        { role: "assistant", content: "b", weight: 1 },
      ],
    });
    expect(result.rows.map(({ turnIdx, row }) => [turnIdx, ...shown(row)])).toEqual([
      [1, "user: q", "assistant: a", "target: b"],
    ]);
    expect(result.problems).toMatchObject([
      { code: "dataset/turn-not-trained", severity: "information", data: { turn: 0 } },
    ]);
  });

  test("a role that nobody knows ends the conversation: what follows would be read without it", () => {
    const result = read({
      messages: [
        { role: "user", content: "q" },
        { role: "assistant", content: "a" },
        { role: "constructor", content: "x" },
        { role: "assistant", content: "b" },
      ],
    });
    expect(result.rows).toHaveLength(1);
    expect(result.problems).toMatchObject([
      { code: "dataset/unknown-role", severity: "error", data: { field: "messages[2].role", role: "constructor" } },
    ]);
  });

  test("content that is no text", () => {
    const image = { type: "image_url", image_url: { url: "u" } };
    const result = read({
      messages: [
        { role: "user", content: [image, { type: "text", text: "What?" }, "And?"] },
        {
          role: "assistant",
          content: [
            { type: "text", text: "A " },
            { type: "text", text: "boat." },
          ],
        },
      ],
    });
    expect(result.rows.map(({ row }) => shown(row))).toEqual([["user: What?And?", "target: A boat."]]);
    expect(result.rows[0]?.row.target.origin).toBeUndefined();
    expect(result.problems).toMatchObject([
      {
        code: "dataset/part-not-text",
        severity: "warning",
        data: { field: "messages[0].content[0]", type: "image_url" },
      },
    ]);
    const number = read({
      messages: [
        { role: "user", content: 5 },
        { role: "assistant", content: "a" },
      ],
    });
    expect(number.rows).toEqual([]);
    expect(number.problems).toMatchObject([
      { code: "dataset/content-not-text", severity: "error", data: { field: "messages[0].content", found: "number" } },
    ]);
  });

  test("a conversation without assistant is reported, never dropped silently", () => {
    const asked = [{ role: "user", content: "q" }];
    for (const [record, field] of [
      [{ messages: asked }, "messages"],
      [{ conversations: [{ from: "human", value: "q" }] }, "conversations"],
      [{ prompt: [...asked, { role: "assistant", content: "a" }], completion: asked }, "completion"],
    ] as const) {
      const result = read(record);
      expect(result.rows).toEqual([]);
      expect(result.problems).toMatchObject([{ code: "dataset/no-target", severity: "warning", data: { field } }]);
    }
  });

  test("only a list of objects with roles is a conversation", () => {
    for (const messages of [[], "x", [{ content: "a" }], ["a"], [null]])
      expect(openaiChat.matches({ messages })).toBe(0);
  });

  test("every part stands where its origin says", () => {
    const record = JSON.parse(fixtureText("openaiChat.jsonl"));
    const { rows } = read(record);
    expect(rows.length).toBeGreaterThan(0);
    for (const { row } of rows) expect(originsHold(row, record)).toBe(true);
  });
});

describe("ShareGPT", () => {
  test("knows its speakers; function calls are trained as answers are", () => {
    expect(rowsOfFixture("sharegpt.jsonl").map(({ turnIdx, row }) => [turnIdx, ...shown(row)])).toEqual([
      [0, "system: Be brief.", "user: When does the ferry leave?", 'target: {"name": "timetable"}'],
      [
        1,
        "system: Be brief.",
        "user: When does the ferry leave?",
        'assistant: {"name": "timetable"}',
        "tool: 08:15",
        "target: At a quarter past eight.",
      ],
    ]);
  });

  test("an unknown speaker ends the conversation; tools are left out and said", () => {
    const conversations = [
      { from: "human", value: "q" },
      { from: "toString", value: "x" },
      { from: "gpt", value: "a" },
    ];
    const result = read({ conversations, tools: "[{}]" });
    expect(result.rows).toEqual([]);
    expect(codes(result)).toEqual(["dataset/tools-left-out", "dataset/unknown-role"]);
    expect(
      codes(
        read({
          conversations: [
            { from: "human", value: "q" },
            { from: "gpt", value: "a" },
          ],
          tools: "",
        }),
      ),
    ).toEqual([]);
  });

  test("keys and types both count", () => {
    for (const conversations of [[], ["a"], [{ from: "human" }], [{ from: 1, value: "x" }], {}])
      expect(sharegpt.matches({ conversations })).toBe(0);
  });
});

describe("prompt and completion", () => {
  test("strings and messages; only the completion is trained", () => {
    expect(
      rowsOfFixture("promptCompletion.jsonl").map(({ line, turnIdx, row }) => [line, turnIdx, ...shown(row)]),
    ).toEqual([
      [1, 0, "user: The ferry crosses the", "target:  Alde."],
      [2, 1, "user: When?", "assistant: At eight.", "user: And then?", "target: At noon."],
    ]);
  });

  test("problems of the prompt do not make its answers targets", () => {
    const result = read({
      prompt: [
        { role: "user", content: [{ type: "image" }, "q"] },
        { role: "assistant", content: "a" },
      ],
      completion: [{ role: "assistant", content: "b" }],
    });
    expect(result.rows.map(({ row }) => shown(row))).toEqual([["user: q", "assistant: a", "target: b"]]);
    expect(codes(result)).toEqual(["dataset/part-not-text"]);
  });

  test("a label makes it another shape, and so do mixed types", () => {
    expect(promptCompletion.matches({ prompt: "a", completion: "b", label: true })).toBe(0);
    expect(promptCompletion.matches({ prompt: "a", completion: [{ role: "assistant", content: "b" }] })).toBe(0);
  });
});
