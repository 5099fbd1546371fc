import { describe, expect, test } from "vitest";
import { dependencyScores } from "../../../src/engine/dependencyScores.ts";
import { LetterModel, letterRow } from "../../fixture/letterModel.ts";

const signal = new AbortController().signal;

describe("dependencyScores", () => {
  test("averages the largest user mass of any head over the target's own positions", async () => {
    const [turn] = await dependencyScores([letterRow("who", "Ann", "Bo")], new LetterModel(), { layers: [0], signal });
    // Seven of the user's tokens before the mark; at positions 8 and 9 the first head gives 7/9 and 7/10, the second 1/2
    // to the first token.
    expect(turn?.layers[0]?.tokenMasses).toEqual(Float32Array.of(7 / 9, 7 / 10));
    expect(turn?.layers[0]?.score).toBeCloseTo((7 / 9 + 7 / 10) / 2, 6);
  });

  test("counts no system text, no template and no earlier answer", async () => {
    const row = {
      prompt: [
        { role: "system" as const, parts: [{ kind: "text" as const, text: "ssss" }] },
        { role: "user" as const, parts: [{ kind: "text" as const, text: "uu" }] },
        { role: "assistant" as const, parts: [{ kind: "text" as const, text: "aaa" }] },
        { role: "user" as const, parts: [{ kind: "text" as const, text: "u" }] },
      ],
      target: { kind: "text" as const, text: "t" },
    };
    const [turn] = await dependencyScores([row], new LetterModel(), { layers: [2], signal });
    // "ssss|uu|aaa|u>t": three of fifteen tokens are the user's; the second head looks at the system's first letter.
    expect(turn?.layers[0]?.score).toBeCloseTo(3 / 15, 6);
  });

  test("asks for the default layer alone unless others are named, and for one group of keys", async () => {
    const model = new LetterModel();
    await dependencyScores([letterRow("who", "Ann", "Bo")], model, { layers: null, signal });
    await dependencyScores([letterRow("who", "Ann", "Bo")], model, { layers: [0, 1], signal });
    // round(15/22 * 3) = 2
    expect(model.attentionRequests.map(({ layers, nGroups }) => [layers, nGroups])).toEqual([
      [[2], 1],
      [[0, 1], 1],
    ]);
  });

  test("a turn that cannot be scored says why, the others go on", async () => {
    const rows = [letterRow("w".repeat(300), "", "t"), letterRow("who", "", "Bo")];
    const turns = await dependencyScores(rows, new LetterModel(), { layers: [1], signal });
    expect(turns.map(({ problems }) => problems.map(({ code }) => code))).toEqual([["row/too-long"], []]);
    expect(turns.map(({ rowIdx, layers }) => [rowIdx, layers.length])).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  test("stops when cancelled", async () => {
    const model = new LetterModel();
    const options = { layers: null, signal: AbortSignal.abort() };
    await expect(dependencyScores([letterRow("w", "", "t")], model, options)).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(model.attentionRequests).toEqual([]);
  });
});
