import { describe, expect, it } from "vitest";
import { movedSpan } from "../../../webview/markedContext.ts";

const before = "Read this. The sky is green. Now answer.";
const marked = { start: 11, end: 28 };
const words = (after: string) => {
  const span = movedSpan(marked, before, after);
  return span && after.slice(span.start, span.end);
};

describe("movedSpan", () => {
  it("keeps the same words marked when others change", () => {
    expect(words(`Hello. ${before}`)).toBe("The sky is green.");
    expect(words(before.replace("Read this. ", ""))).toBe("The sky is green.");
    expect(words(`${before} Briefly.`)).toBe("The sky is green.");
    expect(words(before.replace("this. The", "this:  The"))).toBe("The sky is green.");
    expect(words(before)).toBe("The sky is green.");
  });

  it("follows changes of the marked words", () => {
    expect(words(before.replace("green", "dark red"))).toBe("The sky is dark red.");
    expect(words(before.replace("sky ", ""))).toBe("The is green.");
  });

  it("ends with the marked words", () => {
    expect(words(before.replace("The sky is green. ", ""))).toBeNull();
    expect(words("")).toBeNull();
    expect(words("Something else")).toBeNull();
  });
});
