import { describe, expect, it } from "vitest";
import { readRows } from "../../../src/dataset/datasetRows.ts";
import { readArrayElements } from "../../../src/extension/arrayElements.ts";
import { readRecordRows, recogniseRows } from "../../../src/extension/recordRows.ts";
import { rowAtOffset, type ScoredRecord, unscored } from "../../../src/extension/scoredRecord.ts";

const alpaca = '{"instruction": "Who?", "input": "It was Ann.", "output": "Ann"}';
const chat = JSON.stringify({
  messages: [
    { role: "user", content: "first?" },
    { role: "assistant", content: "one" },
    { role: "user", content: "second?" },
    { role: "assistant", content: "two" },
  ],
});

async function read(lines: readonly string[], line = 0) {
  const reader = await recogniseRows(
    () => lines.length,
    (idx) => lines[idx] ?? "",
  );
  return readRecordRows(lines[line] ?? "", reader);
}

describe("a record read by itself", () => {
  it("has the rows that the whole file has", async () => {
    const lines = [alpaca, "", chat, '{"nothing": 1}', "{", alpaca.replace("Ann.", "Bo.")];
    const whole = [...readRows(lines.join("\n"))];
    const single = await Promise.all([0, 2, 3, 4, 5].map((line) => read(lines, line)));
    expect(single.map(({ rows }) => rows)).toEqual(whole.map(({ rows }) => rows.map(({ row }) => row)));
    expect(single.map(({ problems }) => problems.map(({ problem }) => problem.code))).toEqual(
      whole.map(({ problems }) => problems.map(({ code }) => code)),
    );
  });

  it("marks its first key, also behind leading space", async () => {
    const { places } = await read([`   ${alpaca}  `]);
    expect(places).toEqual([{ head: { start: 4, end: 17 }, end: 3 + alpaca.length }]);
  });

  it("marks each turn of a conversation at the key of its answer", async () => {
    const { places, rows } = await read([chat]);
    expect(rows.length).toBe(2);
    expect(places.map(({ head }) => chat.slice(head.start, head.end))).toEqual(['"content"', '"content"']);
    const record: ScoredRecord = { hash: "", rows: [unscored, unscored], places, problems: [] };
    const turnOf = (word: string) => rowAtOffset(record, chat.indexOf(word) + 1);
    expect(["first?", "one", "second?", "two"].map(turnOf)).toEqual([0, 0, 1, 1]);
    expect(rowAtOffset(record, chat.length + 5)).toBe(1);
  });

  it("says where it is broken", async () => {
    const broken = '{"instruction": "Who?", "input" "x", "output": "y"}';
    const { problems } = await read([broken]);
    expect(problems[0]?.problem.code).toBe("dataset/invalid-json");
    expect(problems[0]?.span.start).toBe(broken.indexOf('"x"'));
  });
});

describe("the elements of a JSON array", () => {
  it("are found where they stand, with what is wrong between them", async () => {
    const text = `\n[ ${alpaca},\n  ${chat}\n  ${alpaca},\n]`;
    const elements = [];
    for await (const element of readArrayElements(text)) elements.push(element);
    expect(elements.flatMap(({ text: found }) => found ?? [])).toEqual([alpaca, chat, alpaca]);
    expect(elements.map(({ span }) => text.slice(span.start, span.end)).slice(0, 2)).toEqual([alpaca, chat]);
    const codes = elements.flatMap(({ layoutProblems }) => layoutProblems.map(({ problem }) => problem.code));
    expect(codes).toEqual(["dataset/missing-comma", "dataset/trailing-comma"]);
  });
});
