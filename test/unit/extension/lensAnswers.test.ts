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
    const about = { modelFolder: "/m", row: rowOf("x") };
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

  it("asks for whole answers, steering and the control set with the same template", async () => {
    const { ask, asked } = echo();
    const about = { modelFolder: "/m", row: rowOf("x") };
    const { alpha, span, keys, heads } = steering;
    await lensAnswer({ method: "row/decoded-answers", maxNewTokens: 8 }, about, ask, signal);
    await lensAnswer({ method: "row/steer", ...steering }, about, ask, signal);
    await lensAnswer({ method: "steering/control", alpha, span, keys, heads }, about, ask, signal);
    expect(asked.map(([method, request]) => [method, request])).toMatchObject([
      ["row/decoded-answers", { row: about.row, template: "own", maxNewTokens: 8 }],
      ["row/steer", { row: about.row, template: "own", alpha: 0.9 }],
      ["steering/control", { modelFolder: "/m", template: "own", alpha: 0.9, heads: null }],
    ]);
    expect(asked[2]?.[1]).not.toHaveProperty("row");
  });
});
