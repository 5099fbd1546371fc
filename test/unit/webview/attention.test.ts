import { describe, expect, it } from "vitest";
import { headPool, withoutFirst } from "../../../webview/headPool.ts";
import {
  headShares,
  heatShares,
  meanShares,
  normalised,
  type PromptLedger,
  tokenShares,
} from "../../../webview/ledgerShares.ts";

const attention = {
  nLayers: 2,
  nHeads: 2,
  nKeys: 3,
  values: Float32Array.of(0.5, 0.25, 0.25, 0, 1, 0, 0.25, 0.25, 0.5, 1, 0, 0),
};

describe("headPool", () => {
  it("takes one head, the mean, or the maximum, of a layer or of all", () => {
    expect([...headPool(attention, { layerIdx: 1, head: 0 })]).toEqual([0.25, 0.25, 0.5]);
    expect([...headPool(attention, { layerIdx: 0, head: "mean" })]).toEqual([0.25, 0.625, 0.125]);
    expect([...headPool(attention, { layerIdx: 0, head: "max" })]).toEqual([0.5, 1, 0.25]);
    expect([...headPool(attention, { layerIdx: null, head: "max" })]).toEqual([1, 1, 0.5]);
    const mean = headPool(attention, { layerIdx: null, head: "mean" });
    expect(mean.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
  });

  it("leaves out the first token where there are others", () => {
    expect([...withoutFirst(Float32Array.of(0.5, 0.5))]).toEqual([0, 0.5]);
    expect([...withoutFirst(Float32Array.of(1))]).toEqual([1]);
  });
});

const ledger = {
  nLayers: 1,
  nHeads: 2,
  roles: ["bos", "template", "context", "user", "target"],
  masses: Float32Array.of(0.5, 0.125, 0.125, 0.25, 0, 0, 0.5, 0.25, 0.25, 0),
  tokenMasses: Float32Array.of(0.5, 0.125, 0.125, 0.25, 0, 0.25, 0, 0, 0.25, 0.5),
  meanTokenMasses: Float32Array.of(0.25, 0.25, 0.25, 0.25, 0),
} as unknown as PromptLedger;

describe("ledger shares", () => {
  it("sum to 1 raw, under the paper's normalisation and without the first token", () => {
    const raw = headShares(ledger, { layerIdx: 0, headIdx: 0 });
    expect(raw).toEqual({ context: 0.125, user: 0.25, assistant: 0, system: 0, tool: 0, template: 0.125, bos: 0.5 });
    const paper = normalised(raw, "paper");
    expect(paper.bos).toBeCloseTo(0.5 / 0.875, 12);
    expect(paper.template).toBe(0);
    const without = normalised(raw, "withoutFirst");
    expect([without.bos, without.context]).toEqual([0, 1 / 3]);
  });

  it("count the context as the user's words in the heat map", () => {
    expect([...heatShares(ledger, "user", "raw")]).toEqual([0.375, 0.5]);
    expect([...heatShares(ledger, "context", "raw")]).toEqual([0.125, 0.25]);
    expect(meanShares(ledger).user).toBe(0.25);
  });

  it("follow the answer token by token, its own tokens as the assistant's", () => {
    expect(tokenShares(ledger, "representative").map(({ assistant }) => assistant)).toEqual([0, 0.5]);
    expect(tokenShares(ledger, "mean")).toHaveLength(1);
  });

  it("are zero where no role that is kept gets attention", () => {
    const shares = { ...headShares(ledger, { layerIdx: 0, headIdx: 0 }), context: 0, user: 0, bos: 0 };
    expect(Object.values(normalised(shares, "paper"))).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });
});
