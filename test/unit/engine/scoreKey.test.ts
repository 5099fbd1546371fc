import { describe, expect, test } from "vitest";
import { scoreKey } from "../../../src/engine/scoreKey.ts";
import { LetterModel, letterRow } from "../../fixture/letterModel.ts";

const { identity } = new LetterModel();
const row = letterRow("who", "Ann", "Ann");

describe("scoreKey", () => {
  test("is a SHA-256 that depends on the content alone", () => {
    expect(scoreKey(identity, row)).toMatch(/^[0-9a-f]{64}$/);
    const moved = { ...row, target: { ...row.target, origin: { path: ["answer"], span: { start: 0, end: 3 } } } };
    expect(scoreKey(identity, moved)).toBe(scoreKey(identity, row));
  });

  test.each([
    ["model", { ...identity, modelHash: "c".repeat(64) }, row],
    ["computation", { ...identity, computation: "letters 2" }, row],
    ["template", { ...identity, templateHash: "c".repeat(64) }, row],
    ["instruction", identity, letterRow("whom", "Ann", "Ann")],
    ["context", identity, letterRow("who", "Bob", "Ann")],
    ["target", identity, letterRow("who", "Ann", "Anna")],
    ["what is context", identity, letterRow("Ann\nwho", "", "Ann")],
  ])("changes with the %s", (_, otherIdentity, otherRow) => {
    expect(scoreKey(otherIdentity, otherRow)).not.toBe(scoreKey(identity, row));
  });
});
