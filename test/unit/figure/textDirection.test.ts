import { describe, expect, it } from "vitest";
import { textDirection } from "../../../src/figure/textDirection.ts";

describe("textDirection", () => {
  it("goes with most tokens", () => {
    expect(textDirection(["عاصمة", " فرنسا", "x".repeat(10_000)])).toBe("rtl");
    expect(textDirection(["שלום", "a", "b"])).toBe("ltr");
    expect(textDirection(["東", "1", "", "\n"])).toBe("ltr");
  });
});
