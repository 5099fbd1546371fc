import { describe, expect, it } from "vitest";
import { say, setWords } from "../../../webview/words.ts";

describe("say", () => {
  it("fills places once, in the editor's language where it has the sentence", () => {
    expect(say("{a} of {b}", { a: "{b}", b: 2 })).toBe("{b} of 2");
    setWords({ "{a} of {b}": "{a} von {b}" }, "de");
    expect(say("{a} of {b}", { a: 1, b: 2 })).toBe("1 von 2");
    expect(say("toString")).toBe("toString");
    setWords({}, "en");
  });
});
