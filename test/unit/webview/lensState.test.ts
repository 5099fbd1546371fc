import { describe, expect, it } from "vitest";
import type { LensRow } from "../../../src/protocol/lens.ts";
import {
  firstState,
  keptState,
  lensState,
  mostGainedToken,
  restoredChoices,
  restoredState,
} from "../../../webview/lensState.ts";

const book = (logProbs: number[]) => ({ logProbs: Float32Array.from(logProbs) });
const row = (rowId: number, open: number[], closed: number[] | null): LensRow =>
  ({ rowId, open: book(open), closed: closed && book(closed), model: { nLayers: 4 } }) as unknown as LensRow;
const dataset = { kind: "dataset", uri: "file:///a.jsonl", line: 1, character: 0 } as const;
const scratch = (text: string) =>
  ({
    kind: "scratch",
    fileName: null,
    input: { messages: [{ role: "user", text, context: null }], answer: "" },
  }) as const;

describe("lensState", () => {
  it("looks first at the token that the context changes most", () => {
    expect(mostGainedToken(row(1, [-1, -1, -1], [-1, -4, -2]))).toBe(1);
    expect(mostGainedToken(row(1, [-1, -1], null))).toBe(0);
    expect(lensState(firstState, { type: "row", row: row(1, [-1, -1], [-1, -3]) }).tokenIdx).toBe(1);
  });

  it("keeps what was chosen when the same row comes again with its verdict", () => {
    const shown = lensState(firstState, { type: "row", row: row(1, [-1, -1], [-1, -3]) });
    const chosen = lensState(shown, { type: "token", tokenIdx: 0 });
    expect(lensState(chosen, { type: "row", row: row(1, [-1, -1], [-1, -3]) }).tokenIdx).toBe(0);
    expect(lensState(chosen, { type: "row", row: row(2, [-1, -1], [-1, -3]) }).tokenIdx).toBe(1);
  });

  it("chooses and picks heads in order, lays them back, and drops those of another model", () => {
    const head = (layerIdx: number, headIdx: number) => ({ layerIdx, headIdx });
    const pick = (state: typeof firstState, layerIdx: number, headIdx: number) =>
      lensState(state, { type: "pick", head: head(layerIdx, headIdx) });
    const both = pick(pick(pick(firstState, 3, 5), 3, 0), 1, 7);
    expect(both.picked).toEqual([head(1, 7), head(3, 0), head(3, 5)]);
    expect(pick(both, 3, 0).picked).toEqual([head(1, 7), head(3, 5)]);
    expect(lensState(both, { type: "clear-picked" }).picked).toEqual([]);
    const of = (rowId: number, modelHash: string) => ({
      ...row(rowId, [-1], null),
      model: { nLayers: 4, modelHash } as LensRow["model"],
    });
    const shown = lensState(both, { type: "row", row: of(1, "a") });
    expect(lensState(shown, { type: "row", row: of(2, "a") }).picked).toHaveLength(3);
    expect(lensState(shown, { type: "row", row: of(3, "b") }).picked).toEqual([]);
    const looked = lensState(shown, { type: "heads", heads: { layerIdx: 3, head: 5 } });
    expect(lensState(looked, { type: "row", row: of(2, "a") }).heads).toEqual({ layerIdx: 3, head: 5 });
    expect(lensState(looked, { type: "row", row: of(3, "b") }).heads).toEqual(firstState.heads);
  });

  it("asks for a prompt only while none is typed", () => {
    const source = (from: typeof dataset | ReturnType<typeof scratch>) =>
      ({ type: "source", source: from, isFollowing: true }) as const;
    const empty = lensState(firstState, source(scratch(" ")));
    expect(empty.isTyping).toBe(true);
    expect(lensState(empty, source(scratch("Who?"))).isTyping).toBe(true);
    expect(lensState(empty, { type: "row", row: row(1, [-1], null) }).isTyping).toBe(false);
    expect(lensState(empty, source(dataset)).isTyping).toBe(false);
  });

  it("keeps a row on the screen while the next is read, and none beside what is wrong", () => {
    const shown = lensState(firstState, { type: "row", row: row(1, [-1], null) });
    const busy = lensState(shown, { type: "busy", sentence: "Reading…" });
    expect([busy.row?.rowId, busy.busy]).toEqual([1, "Reading…"]);
    expect(lensState(busy, { type: "problem", sentence: "Too long.", place: null })).toMatchObject({
      busy: null,
      problem: "Too long.",
      row: null,
    });
  });

  it("survives a reload without numbers, and a state that somebody else wrote", () => {
    const looks = { heads: { layerIdx: 3, head: 5 }, picked: [{ layerIdx: 1, headIdx: 0 }], headsOf: "a" } as const;
    const kept = JSON.parse(JSON.stringify(keptState({ ...firstState, source: dataset, tab: "ledger", ...looks })));
    expect(kept).toEqual({ source: dataset, isFollowing: true, tab: "ledger", ...looks });
    expect(restoredState(kept)).toEqual({ ...firstState, tab: "ledger", ...looks });
    expect(restoredChoices({ ...kept, choices: { a: 1 } })).toEqual(new Map([["a", 1]]));
    for (const wrong of [kept, null, { choices: 3 }]) expect(restoredChoices(wrong)).toEqual(new Map());
    for (const wrong of [{ heads: { layerIdx: -1, head: 0 } }, { picked: [{ layerIdx: 0 }] }, { headsOf: 3 }])
      expect(restoredState({ ...kept, ...wrong })).toEqual({ ...firstState, tab: "ledger" });
    for (const wrong of [undefined, null, 3, { tab: "x" }, { tab: {} }])
      expect(restoredState(wrong)).toEqual(firstState);
  });
});
