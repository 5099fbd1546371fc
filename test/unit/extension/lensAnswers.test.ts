import { describe, expect, it } from "vitest";
import type { Row } from "../../../src/core/row.ts";
import { type AskInference, lensAnswer } from "../../../src/extension/lensAnswers.ts";

const rowOf = (text: string): Row => ({ prompt: [], target: { kind: "text", text } });
const steering = { alpha: 0.9, span: "user", keys: "all", heads: null, maxNewTokens: 0, answers: [] } as const;
const { signal } = new AbortController();

/** Answers every question with what it was asked. */
function echo(): { ask: AskInference; asked: [string, unknown][] } {
  const asked: [string, unknown][] = [];
  const ask = (async (method: string, request: unknown) => {
    asked.push([method, request]);
    return { method };
  }) as unknown as AskInference;
  return { ask, asked };
}

describe("lensAnswer", () => {
  it("asks about the shown row, open-book, with the model's own template", async () => {
    const { ask, asked } = echo();
    const about = { modelFolder: "/m", row: rowOf("x"), controls: [] };
    await lensAnswer({ method: "row/pattern", layerIdx: 1, heads: "mean" }, about, ask, signal);
    await lensAnswer({ method: "rows/dependency" }, about, ask, signal);
    expect(asked).toEqual([
      [
        "row/pattern",
        {
          modelFolder: "/m",
          row: about.row,
          method: "row/pattern",
          layerIdx: 1,
          heads: "mean",
          template: "own",
          book: "open",
        },
      ],
      ["rows/dependency", { modelFolder: "/m", rows: [about.row], layers: null }],
    ]);
  });

  it("measures the harm on control rows, and counts those that cannot be measured", async () => {
    const changes = new Map([
      ["a", [-1, -1.5]],
      ["b", [-2, -1.75]],
    ]);
    const ask = (async (_: string, { row }: { row: Row }) => {
      const [before, after] = changes.get(row.target.text) ?? [];
      if (before === undefined || after === undefined) throw new Error("too long");
      return {
        before: { logProbs: Float32Array.of(before, before) },
        after: { logProbs: Float32Array.of(after, after) },
      };
    }) as unknown as AskInference;
    const about = { modelFolder: "/m", row: rowOf("x"), controls: ["a", "b", "c"].map(rowOf) };
    expect(await lensAnswer({ method: "control", ...steering }, about, ask, signal)).toEqual({
      changes: [-0.5, 0.25],
      nLeftOut: 1,
    });
  });
});
