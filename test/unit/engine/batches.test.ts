import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batches, maxBatchTokens, maxPaddingShare } from "../../../src/engine/batches.ts";

const sequencesOf = (lengths: readonly number[]) =>
  lengths.map((length) => ({ tokenIds: new Int32Array(length), scored: { start: 1, end: length } }));

describe("batches", () => {
  test("puts equal lengths together and the longest first", () => {
    expect(batches(sequencesOf([5, 90, 5, 90, 5]))).toEqual([
      [1, 3],
      [0, 2, 4],
    ]);
  });

  test("gives a sequence over the budget a batch of its own", () => {
    const groups = batches(sequencesOf([maxBatchTokens * 2, maxBatchTokens * 2, 4]));
    expect(groups).toEqual([[0], [1], [2]]);
  });

  test("has no batch for no sequence", () => {
    expect(batches([])).toEqual([]);
  });

  test("places every sequence once, within the budget of tokens and padding", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 2, max: 1500 }), { maxLength: 200 }), (lengths) => {
        const groups = batches(sequencesOf(lengths));
        expect(groups.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, idx) => idx));
        for (const group of groups.filter((members) => members.length > 1)) {
          const sizes = group.map((idx) => lengths[idx] ?? 0);
          const nPadded = Math.max(...sizes) * sizes.length;
          const nPadding = nPadded - sizes.reduce((sum, size) => sum + size, 0);
          expect(nPadded).toBeLessThanOrEqual(maxBatchTokens);
          expect(nPadding).toBeLessThanOrEqual(maxPaddingShare * nPadded);
        }
      }),
    );
  });
});
