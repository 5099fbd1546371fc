import { describe, expect, it } from "vitest";
import type { LensQuestion, SteeringQuestion } from "../../../src/protocol/lens.ts";
import { mannerKey, meanLogProb, measuredSteerings } from "../../../webview/steeringAnswers.ts";

const picked = [{ layerIdx: 3, headIdx: 0 }];
const base = { span: "context", keys: "all", heads: null, maxNewTokens: 0, answers: [] } as const;
const asked = (options: Partial<SteeringQuestion>, after: number[]): [string, unknown] => {
  const question = { method: "row/steer", alpha: 0.9, ...base, ...options } satisfies LensQuestion;
  const side = (logProbs: number[]) => ({ logProbs: Float32Array.from(logProbs), answer: null, answerLogProbs: [] });
  return [
    JSON.stringify(question),
    { alpha: question.alpha, nEmphasised: 1, before: side([-2, -4, -9]), after: side(after) },
  ];
};

describe("measuredSteerings", () => {
  it("gathers the strengths of each manner, the unsteered row at alpha 1 among them", () => {
    const answers = new Map<string, unknown>([
      ['{"method":"row/ledger"}', {}],
      asked({ alpha: 0.9 }, [-1, -1, -9]),
      asked({ alpha: 0.9, heads: picked }, [-2, -3, -9]),
      asked({ alpha: 0.95, maxNewTokens: 32, answers: ["a", "b"] }, [-1, -2, -9]),
    ]);
    const [all, some, ...others] = measuredSteerings(answers, 2);
    expect(others).toEqual([]);
    expect(all?.points).toEqual([
      { alpha: 1, meanLogProb: -3 },
      { alpha: 0.95, meanLogProb: -1.5 },
      { alpha: 0.9, meanLogProb: -1 },
    ]);
    expect(all?.last?.alpha).toBe(0.95);
    expect(some).toMatchObject({ manner: { heads: picked }, last: null });
    expect(some?.points.map(({ alpha }) => alpha)).toEqual([1, 0.9]);
  });
});

describe("mannerKey", () => {
  it("differs where the row is steered otherwise, and not where only other things are asked", () => {
    expect(mannerKey(base)).toBe(mannerKey({ ...base, ...{ maxNewTokens: 32 } }));
    const keys = [base, { ...base, heads: picked }, { ...base, span: "user" }, { ...base, keys: "prompt" }] as const;
    expect(new Set(keys.map(mannerKey)).size).toBe(4);
  });
});

describe("meanLogProb", () => {
  it("leaves out what stands behind the target", () => {
    expect(meanLogProb(Float32Array.of(-1, -2, -30), 2)).toBe(-1.5);
  });
});
