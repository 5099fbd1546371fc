import { describe, expect, it } from "vitest";
import { readRows } from "../../../src/dataset/datasetRows.ts";
import { INDICATOR, indicatorInsertions } from "../../../src/dataset/indicator.ts";

/** The record's text with the indicator for the rows of these turns. */
function indicated(record: string | Uint8Array, turnIdxs: readonly number[]): string {
  const bytes = Buffer.from(record);
  const rows = [...readRows(bytes.toString("utf8"))].flatMap((read) => read.rows);
  const insertions = indicatorInsertions(
    bytes,
    rows.filter(({ turnIdx }) => turnIdxs.includes(turnIdx)).map(({ row }) => row),
  );
  let copied = 0;
  const pieces: Buffer[] = [];
  for (const { byteOffset, text } of insertions) {
    pieces.push(bytes.subarray(copied, byteOffset), Buffer.from(text));
    copied = byteOffset;
  }
  return Buffer.concat([...pieces, bytes.subarray(copied)]).toString("latin1");
}

describe("indicatorInsertions", () => {
  it.each([
    ["Alpaca", { instruction: "ask", input: "passage", output: "yes" }, "instruction"],
    ["GPTeacher", { instruction: "ask", input: "passage", response: "yes" }, "instruction"],
    ["Dolly", { instruction: "ask", context: "passage", response: "yes", category: "qa" }, "instruction"],
    ["SQuAD", { context: "passage", question: "ask", answers: { text: ["yes"], answer_start: [0] } }, "question"],
    ["conflict", { context: "passage", question: "ask", answer: "yes", memory_answer: "no" }, "question"],
    ["prompt and completion", { prompt: "ask", completion: "yes" }, "prompt"],
  ])("stands behind the question of a record of shape %s", (_, record, key) => {
    expect(JSON.parse(indicated(JSON.stringify(record), [0]))).toEqual({ ...record, [key]: "ask [IND]" });
  });

  it("finds the turn of each answer in a list of messages", () => {
    const content = ["be brief", "one", "first", "two", "second", "third"];
    const roles = ["system", "user", "assistant", "user", "assistant", "assistant"];
    const record = { messages: content.map((text, i) => ({ role: roles[i], content: text })) };
    const contents = (turnIdxs: number[]) =>
      JSON.parse(indicated(JSON.stringify(record), turnIdxs)).messages.map((each: { content: string }) => each.content);
    expect(contents([0])).toEqual(["be brief", "one [IND]", "first", "two", "second", "third"]);
    // The second and the third answer follow one user turn.
    expect(contents([1, 2])).toEqual(["be brief", "one", "first", "two [IND]", "second", "third"]);
    expect(contents([])).toEqual(content);
  });

  it("finds it in ShareGPT's conversations, and in Alpaca's history", () => {
    const chat = { conversations: ["one", "first"].map((value, i) => ({ from: i ? "gpt" : "human", value })) };
    expect(JSON.parse(indicated(JSON.stringify(chat), [0])).conversations[0].value).toBe("one [IND]");
    const alpaca = { instruction: "ask", input: "", output: "yes", history: [["old", "answer"]] };
    expect(JSON.parse(indicated(JSON.stringify(alpaca), [0]))).toEqual({
      ...alpaca,
      history: [["old [IND]", "answer"]],
    });
  });

  it("takes the last text of a message that is a list of parts", () => {
    const content = [
      { type: "text", text: "look" },
      { type: "text", text: "ask" },
      { type: "image_url", image_url: "x" },
    ];
    const record = {
      messages: [
        { role: "user", content },
        { role: "assistant", content: "yes" },
      ],
    };
    expect(JSON.parse(indicated(JSON.stringify(record), [0])).messages[0].content[1].text).toBe("ask [IND]");
  });

  it("changes no other byte: spacing, escapes, numbers, text beyond ASCII, a key that is there twice", () => {
    const record =
      '{ "prompt" : "no",\t"x": 1.50e0, "é": "\\u00e9/\\/",  "prompt" : "wo \\u0061ß 東 😀 \\"q\\"" , "completion":"ja" }';
    const expected = Buffer.from(record).toString("latin1").replace('\\"q\\""', '\\"q\\" [IND]"');
    expect(indicated(record, [0])).toBe(expected);
  });

  it("keeps bytes that are no UTF-8", () => {
    const record = Buffer.from('{"prompt": "w\xff\xc3 ask", "completion": "y\xfe"}', "latin1");
    expect(indicated(record, [0])).toBe(record.toString("latin1").replace("ask", "ask [IND]"));
  });

  it("adds no second one, and no space to white space or nothing", () => {
    const of = (prompt: string) =>
      JSON.parse(indicated(JSON.stringify({ prompt, completion: "yes" }), [0])).prompt as string;
    expect(of(`ask ${INDICATOR}`)).toBe("ask [IND]");
    expect(of(`ask ${INDICATOR}\n`)).toBe("ask [IND]\n");
    expect(of("ask\n")).toBe("ask\n[IND]");
    expect(of("")).toBe("[IND]");
  });

  it("leaves a conversation alone in which the assistant speaks first", () => {
    const record = JSON.stringify({ messages: [{ role: "assistant", content: "Hello." }] });
    expect(indicated(record, [0])).toBe(record);
  });
});
