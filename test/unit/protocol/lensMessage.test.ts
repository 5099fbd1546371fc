import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lensMessage, lensSource } from "../../../src/protocol/lensMessage.ts";

const input = { messages: [{ role: "user", text: "abc", context: { start: 0, end: 2 } }], answer: "" };
const steering = { alpha: 0.9, span: "user", keys: "all", heads: null, maxNewTokens: 8, answers: [] };

describe("lensMessage", () => {
  it("takes what the page sends", () => {
    const messages = [
      { type: "ready" },
      { type: "follow", isFollowing: false },
      { type: "command", command: "scoreFile" },
      { type: "scratch", input },
      { type: "cancel", requestId: 3 },
      { type: "save", name: "rows-line-2-answer", format: "png", content: new Uint8Array(4) },
      ...[
        { method: "row/figures" },
        { method: "row/ledger" },
        { method: "rows/dependency" },
        { method: "row/token-attention", tokenIdx: 4 },
        { method: "row/pattern", layerIdx: 2, heads: "max" },
        { method: "row/pattern", layerIdx: 2, heads: 5 },
        { method: "row/decoding", targetIdx: 0 },
        { method: "row/steer", ...steering },
        { method: "row/decoded-answers", maxNewTokens: 32 },
        { method: "steering/control", alpha: 0.9, span: "user", keys: "prompt", heads: [{ layerIdx: 1, headIdx: 0 }] },
      ].map((question) => ({ type: "ask", requestId: 1, rowId: 1, question })),
    ];
    for (const message of messages) expect(lensMessage(message)).toEqual(message);
  });

  it("leaves out what it does not know", () => {
    expect(lensMessage({ type: "ready", extra: 1 })).toEqual({ type: "ready" });
    const question = { method: "row/figures", modelFolder: "/elsewhere" };
    expect(lensMessage({ type: "ask", requestId: 1, rowId: 1, question })).toEqual({
      type: "ask",
      requestId: 1,
      rowId: 1,
      question: { method: "row/figures" },
    });
  });

  it.each([
    ["a command of somebody else's", { type: "command", command: "workbench.action.quit" }],
    ["a name that leaves its folder", { type: "save", name: "../x", format: "svg", content: "" }],
    ["a name with a slash", { type: "save", name: "a/b", format: "svg", content: "" }],
    ["a hidden name", { type: "save", name: ".bashrc", format: "svg", content: "" }],
    ["a format that runs", { type: "save", name: "a", format: "exe", content: "" }],
    ["content that is no content", { type: "save", name: "a", format: "svg", content: { length: 1 } }],
    ["a method of the hub", { type: "ask", requestId: 1, rowId: 1, question: { method: "hub/download" } }],
    [
      "an alpha above 1",
      { type: "ask", requestId: 1, rowId: 1, question: { method: "row/steer", ...steering, alpha: 1.1 } },
    ],
    [
      "an alpha of 0",
      { type: "ask", requestId: 1, rowId: 1, question: { method: "row/steer", ...steering, alpha: 0 } },
    ],
    [
      "an endless answer",
      { type: "ask", requestId: 1, rowId: 1, question: { method: "row/steer", ...steering, maxNewTokens: 1e9 } },
    ],
    [
      "a head below 0",
      { type: "ask", requestId: 1, rowId: 1, question: { method: "row/pattern", layerIdx: 0, heads: -1 } },
    ],
    ["a role that does not exist", { type: "scratch", input: { ...input, messages: [{ role: "root", text: "" }] } }],
    ["text of 5 MiB", { type: "scratch", input: { messages: [], answer: "x".repeat(5 << 20) } }],
    ["nothing", null],
    ["a list", []],
  ])("refuses %s", (_, message) => {
    expect(lensMessage(message)).toBeNull();
  });

  it("drops a context that reaches outside of its message", () => {
    const far = { ...input, messages: [{ role: "user", text: "abc", context: { start: 1, end: 9 } }] };
    expect(lensMessage({ type: "scratch", input: far })).toEqual({
      type: "scratch",
      input: { messages: [{ role: "user", text: "abc", context: null }], answer: "" },
    });
  });

  it("never throws", () => {
    const types = fc.constantFrom("ready", "follow", "command", "scratch", "ask", "cancel", "save", "x");
    const message = fc.record({ type: types, question: fc.anything(), input: fc.anything(), name: fc.anything() });
    fc.assert(
      fc.property(fc.oneof(message, fc.anything()), (value) => {
        const taken = lensMessage(value);
        return taken === null || typeof taken.type === "string";
      }),
      { numRuns: 500 },
    );
  });
});

describe("lensSource", () => {
  it("takes what was kept and nothing else", () => {
    const dataset = { kind: "dataset", uri: "file:///a.jsonl", line: 3, character: 0 };
    expect(lensSource(dataset)).toEqual(dataset);
    expect(lensSource({ kind: "scratch", fileName: null, input })).toEqual({ kind: "scratch", fileName: null, input });
    for (const wrong of [null, {}, { ...dataset, line: -1 }, { ...dataset, uri: 3 }, { kind: "scratch", input: {} }]) {
      expect(lensSource(wrong)).toBeNull();
    }
  });
});
