import { describe, expect, it } from "vitest";
import { messageText } from "../../../src/core/row.ts";
import { scratchRow, selectedPrompt } from "../../../src/extension/lensScratch.ts";

describe("scratchRow", () => {
  it("cuts the marked context out of the closed-book prompt and nothing else", () => {
    const text = "Read: France is small.\n\nHow large is France?";
    const row = scratchRow({
      messages: [
        { role: "system", text: "Be brief.", context: null },
        { role: "user", text, context: { start: 6, end: 22 } },
      ],
      answer: "Small",
    });
    const [system, user] = row.prompt;
    expect(system && messageText(system, "closed")).toBe("Be brief.");
    expect(user && messageText(user, "open")).toBe(text);
    expect(user && messageText(user, "closed")).toBe("Read: How large is France?");
    expect(row.target.text).toBe("Small");
  });

  it("takes a context at the very end and one that is everything", () => {
    const at = (start: number, end: number) =>
      scratchRow({ messages: [{ role: "user", text: "ab cd", context: { start, end } }], answer: "" }).prompt[0];
    const end = at(3, 5);
    const all = at(0, 5);
    expect(end && messageText(end, "closed")).toBe("ab ");
    expect(all && messageText(all, "closed")).toBe("");
  });
});

describe("selectedPrompt", () => {
  it("takes one selection as the prompt", () => {
    expect(selectedPrompt(["Who?"])).toEqual({ messages: [{ role: "user", text: "Who?", context: null }], answer: "" });
    expect(selectedPrompt([])).toEqual({ messages: [{ role: "user", text: "", context: null }], answer: "" });
  });

  it("takes the first of several as the context and the third as the answer", () => {
    expect(selectedPrompt(["A passage.", " ", "Who?", "Me."])).toEqual({
      messages: [{ role: "user", text: "A passage.\n\nWho?", context: { start: 0, end: 10 } }],
      answer: "Me.",
    });
  });
});
