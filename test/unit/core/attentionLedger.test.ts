import fc from "fast-check";
import { expect, test } from "vitest";
import {
  attentionLedger,
  formula,
  meanContextMass,
  type RoleAttention,
  renormalisedLedger,
  representativeHead,
} from "../../../src/core/attentionLedger.ts";

/** Two layers of two heads over five roles. */
const attention: RoleAttention = {
  nLayers: 2,
  nHeads: 2,
  roles: ["bos", "template", "context", "user", "target"],
  masses: Float32Array.of(
    ...[0.5, 0.25, 0.125, 0.125, 0],
    ...[0.25, 0.25, 0.25, 0.125, 0.125],
    ...[0.125, 0, 0.5, 0.25, 0.125],
    ...[1, 0, 0, 0, 0],
  ),
};

test("a head's ledger counts the context as the user's and the target as the assistant's", () => {
  expect(attentionLedger(attention, { layerIdx: 1, headIdx: 0 })).toEqual({
    user: 0.75,
    assistant: 0.125,
    system: 0,
    tool: 0,
    template: 0,
    bos: 0.125,
  });
});

test("renormalised over user, assistant and first token, or without the sink", () => {
  const ledger = attentionLedger(attention, { layerIdx: 0, headIdx: 1 });
  expect(renormalisedLedger(ledger)).toEqual({ user: 0.5, assistant: 0.125 / 0.75, bos: 0.25 / 0.75 });
  expect(renormalisedLedger(ledger, false)).toEqual({ user: 0.75, assistant: 0.25, bos: 0 });
  const sink = attentionLedger(attention, { layerIdx: 1, headIdx: 1 });
  expect(renormalisedLedger(sink).bos).toBe(1);
  expect(renormalisedLedger(sink, false).user).toBeNaN();
});

test("the representative head has the largest user mass; of equal ones the first", () => {
  expect(representativeHead(attention)).toEqual({ layerIdx: 1, headIdx: 0 });
  expect(representativeHead({ ...attention, masses: new Float32Array(20) })).toEqual({ layerIdx: 0, headIdx: 0 });
});

test("the mass on the context is averaged over layers and heads", () => {
  expect(meanContextMass(attention)).toBe((0.125 + 0.25 + 0.5 + 0) / 4);
  expect(meanContextMass({ ...attention, roles: ["bos", "template", "system", "user", "target"] })).toBe(0);
});

test("a ledger keeps all of a pattern, and its renormalised shares sum to 1", () => {
  const weights = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 8, maxLength: 8 });
  const roles = ["system", "user", "context", "assistant", "target", "tool", "template", "bos"] as const;
  fc.assert(
    fc.property(weights, (values) => {
      const total = values.reduce((sum, value) => sum + value, 0);
      const masses = Float32Array.from(values, (value) => value / total);
      const ledger = attentionLedger({ masses, nLayers: 1, nHeads: 1, roles }, { layerIdx: 0, headIdx: 0 });
      const sum = (shares: object) => Object.values(shares).reduce((left: number, right: number) => left + right, 0);
      expect(sum(ledger)).toBeCloseTo(1, 5);
      expect(sum(renormalisedLedger(ledger))).toBeCloseTo(1, 9);
      expect(sum(renormalisedLedger(ledger, false))).toBeCloseTo(1, 9);
    }),
  );
});

test("the formula has a name and a version", () => {
  expect(formula).toEqual({ name: "attention ledger", version: 1 });
});
