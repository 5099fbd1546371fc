import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contextAwareLogProbs, greedyFlip, largestIndices } from "../../../src/core/contextAwareDecoding.ts";

const logs = (probabilities: readonly number[]) => Float32Array.from(probabilities, Math.log);
const open = logs([0.5, 0.3, 0.2]);
const closed = logs([0.8, 0.1, 0.1]);

describe("contextAwareLogProbs", () => {
  test("is the open-book distribution at alpha 0", () => {
    contextAwareLogProbs(open, closed, 0).forEach((logProb, v) => {
      expect(logProb).toBeCloseTo(open[v] ?? 0, 6);
    });
  });

  test("weighs each probability by its ratio to the closed-book one", () => {
    const weights = [0.5 ** 2 / 0.8, 0.3 ** 2 / 0.1, 0.2 ** 2 / 0.1];
    const total = weights.reduce((a, b) => a + b, 0);
    contextAwareLogProbs(open, closed, 1).forEach((logProb, v) => {
      expect(Math.exp(logProb)).toBeCloseTo((weights[v] ?? 0) / total, 6);
    });
  });

  test("leaves impossible tokens impossible", () => {
    const [a, b] = [logs([0.5, 0.5, 0]), logs([0.9, 0.1, 0])];
    const result = contextAwareLogProbs(a, b, 0.5);
    expect(result[2]).toBe(Number.NEGATIVE_INFINITY);
    expect(Math.exp(result[0] ?? 0) + Math.exp(result[1] ?? 0)).toBeCloseTo(1, 12);
  });
});

describe("greedyFlip", () => {
  test("is where the lines of the two best tokens cross", () => {
    const flip = greedyFlip(open, closed);
    // 0.5 * (0.5/0.8)^a = 0.3 * (0.3/0.1)^a
    expect(flip).toMatchObject({ fromId: 0, toId: 1 });
    expect(flip?.alpha).toBeCloseTo(Math.log(0.5 / 0.3) / Math.log(3 / (0.5 / 0.8)), 6);
  });

  test("is null where the context favours the choice most", () => {
    expect(greedyFlip(logs([0.9, 0.1]), logs([0.5, 0.5]))).toBeNull();
    expect(greedyFlip(open, open)).toBeNull();
  });

  test("the choice is kept just before the flip and lost just behind it", () => {
    const weights = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 12 });
    const distribution = (counts: number[]) => logs(counts.map((count) => count / counts.reduce((a, b) => a + b, 0)));
    fc.assert(
      fc.property(weights, weights, (first, second) => {
        const size = Math.min(first.length, second.length);
        const [a, b] = [distribution(first.slice(0, size)), distribution(second.slice(0, size))];
        const best = (alpha: number) => largestIndices(contextAwareLogProbs(a, b, alpha), 1)[0];
        const flip = greedyFlip(a, b);
        if (flip === null) return best(50) === best(0);
        const value = (id: number, alpha: number) => contextAwareLogProbs(a, b, alpha)[id] ?? 0;
        const at = flip.alpha;
        expect(value(flip.toId, at)).toBeCloseTo(value(flip.fromId, at), 4);
        expect(value(flip.toId, at + 1)).toBeGreaterThan(value(flip.fromId, at + 1));
        return flip.alpha < 1e-6 || a[best(at * 0.999) ?? 0] === a[flip.fromId] || at < 1e-3;
      }),
    );
  });
});

describe("largestIndices", () => {
  test("gives the largest first, of equals the first", () => {
    expect(largestIndices([3, 9, 9, 1], 3)).toEqual([1, 2, 0]);
    expect(largestIndices([3, 1], 5)).toEqual([0, 1]);
    expect(largestIndices([], 2)).toEqual([]);
  });
});
