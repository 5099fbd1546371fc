import { describe, expect, test } from "vitest";
import type { SegmentRole } from "../../../src/core/role.ts";
import { type PromptLedger, rowLedger } from "../../../src/engine/rowLedger.ts";
import { letterAttention } from "../../fixture/letterAttention.ts";
import { LetterModel, letterRow } from "../../fixture/letterModel.ts";

const signal = new AbortController().signal;
const row = letterRow("who", "Ann", "Bo");

function massOf(ledger: PromptLedger, layerIdx: number, headIdx: number, role: SegmentRole): number {
  const { roles, nHeads, masses } = ledger;
  return masses[(layerIdx * nHeads + headIdx) * roles.length + roles.indexOf(role)] ?? Number.NaN;
}

describe("rowLedger", () => {
  test("sums the attention of the last prompt token by role", async () => {
    const { withTemplate } = await rowLedger(row, new LetterModel(), signal);
    // "Ann\nwho>": three letters of context, four of the user with the separator, one of the template.
    expect(withTemplate?.queryIdx).toBe(7);
    expect(massOf(withTemplate as PromptLedger, 1, 0, "context")).toBeCloseTo(3 / 8, 6);
    expect(massOf(withTemplate as PromptLedger, 1, 0, "user")).toBeCloseTo(4 / 8, 6);
    expect(massOf(withTemplate as PromptLedger, 1, 0, "template")).toBeCloseTo(1 / 8, 6);
    expect(massOf(withTemplate as PromptLedger, 1, 1, "template")).toBeCloseTo(1 / 3, 6);
  });

  test("every layer and head gives all of its attention away", async () => {
    const { withoutTemplate } = await rowLedger(row, new LetterModel(), signal);
    const { masses, roles, nLayers, nHeads } = withoutTemplate;
    expect([nLayers, nHeads]).toEqual([letterAttention.nLayers, letterAttention.nHeads]);
    for (let start = 0; start < masses.length; start += roles.length) {
      expect(masses.subarray(start, start + roles.length).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
    }
  });

  test("shows the sink whatever its role", async () => {
    const { withTemplate } = await rowLedger(row, new LetterModel(), signal);
    expect([...(withTemplate?.sinkMasses ?? [])].map((mass) => Number(mass.toFixed(4)))).toEqual([
      0.125, 0.5, 0.125, 0.6667, 0.125, 0.75,
    ]);
  });

  test("chooses the representative head once, on the prompt without template", async () => {
    const { representativeHead, withTemplate, withoutTemplate } = await rowLedger(row, new LetterModel(), signal);
    // Without template seven of eight tokens are the user's; the second head gives its own token at most a half.
    expect(representativeHead).toEqual({ layerIdx: 0, headIdx: 0 });
    expect(withoutTemplate.representative.raw.user).toBeCloseTo(7 / 8, 6);
    expect(withTemplate?.representative.context).toBeCloseTo(3 / 8, 6);
    expect(withTemplate?.representative.renormalised.user).toBeCloseTo(1, 6);
  });

  test("follows the answer token by token", async () => {
    const { withTemplate } = await rowLedger(row, new LetterModel(), signal);
    const { tokenMasses, meanTokenMasses, roles, masses } = withTemplate as PromptLedger;
    expect(tokenMasses).toHaveLength(2 * roles.length);
    expect(tokenMasses.subarray(0, roles.length)).toEqual(masses.subarray(0, roles.length));
    const target = roles.indexOf("target");
    // The second answer token is said at the first one, which sees itself.
    expect([tokenMasses[target], tokenMasses[roles.length + target]].map((mass) => mass?.toFixed(4))).toEqual([
      "0.0000",
      "0.1111",
    ]);
    expect(meanTokenMasses.subarray(roles.length).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
  });

  test("averages the mass on the context over layers and heads", async () => {
    const { withTemplate } = await rowLedger(row, new LetterModel(), signal);
    const ledger = withTemplate as PromptLedger;
    const all = [0, 1, 2].flatMap((layerIdx) => [0, 1].map((headIdx) => massOf(ledger, layerIdx, headIdx, "context")));
    expect(ledger.meanContextMass).toBeCloseTo(all.reduce((a, b) => a + b, 0) / 6, 6);
    expect(ledger.mean.context).toBeCloseTo(ledger.meanContextMass, 6);
  });

  test("a base model has no ledger with template", async () => {
    const model = new LetterModel();
    model.hasChatTemplate = false;
    expect((await rowLedger(row, model, signal)).withTemplate).toBeNull();
    expect(model.attentionRequests).toHaveLength(1);
  });
});
