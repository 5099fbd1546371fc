import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AlignedText, identityAlignment, normalizeAligned } from "../../../src/model/alignedText.ts";
import { buildTokenizer } from "../../../src/model/tokenizerParts.ts";
import { anyText, manyTextsMs } from "./anyText.ts";
import { tinyTokenizer } from "./tinyTokenizers.ts";

function normalizer(config: object) {
  const source = tinyTokenizer("n", { type: "BPE", vocab: { a: 0 }, merges: [] }, { normalizer: config });
  return buildTokenizer(source.tokenizer, {}).normalizer;
}
/** `character start end` of every code unit. */
function units({ text, starts, ends }: AlignedText): string[] {
  return [...text].map((character, idx) => `${character} ${starts[idx]} ${ends[idx]}`);
}
function aligned(config: object, text: string): AlignedText {
  return normalizeAligned(normalizer(config), identityAlignment(text, 0));
}

describe("text that remembers where it came from", () => {
  it("stands for itself where nothing changes it", () => {
    expect(units(normalizeAligned(null, identityAlignment("ab", 3)))).toEqual(["a 3 4", "b 4 5"]);
  });

  it("keeps composed and decomposed characters whole", () => {
    expect(units(aligned({ type: "NFC" }, "e\u0301x"))).toEqual(["é 0 2", "x 2 3"]);
    expect(units(aligned({ type: "NFD" }, "éx"))).toEqual(["e 0 1", "\u0301 0 1", "x 1 2"]);
    expect(units(aligned({ type: "NFC" }, "\u1112\u1161\u11ab!"))).toEqual(["한 0 3", "! 3 4"]);
  });

  it("gives a replacement the range of what it replaces and an insertion none", () => {
    const steps = [
      { type: "Prepend", prepend: "▁" },
      { type: "Replace", pattern: { Regex: " +" }, content: "▁▁" },
    ];
    expect(units(aligned({ type: "Sequence", normalizers: steps }, "a   b"))).toEqual([
      "▁ 0 0",
      "a 0 1",
      "▁ 1 4",
      "▁ 1 4",
      "b 4 5",
    ]);
  });

  it("drops what is stripped", () => {
    expect(units(aligned({ type: "Strip", strip_left: true, strip_right: true }, " a "))).toEqual(["a 1 2"]);
    expect(units(aligned({ type: "StripAccents" }, "a\u0301b"))).toEqual(["a 0 2", "b 2 3"]);
  });

  it("refuses a change that it cannot follow", () => {
    expect(() => aligned({ type: "Replace", pattern: { String: "a" }, content: "$&$&" }, "a")).toThrow(
      /cannot be traced/,
    );
  });

  it(
    "has the normalizer's own text, in order, for any input",
    () => {
      for (const type of ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents"]) {
        const step = normalizer({ type });
        fc.assert(
          fc.property(anyText(20), (text) => {
            const result = normalizeAligned(step, identityAlignment(text, 0));
            expect(result.text).toBe(step?.normalize(text));
            expect([...result.starts]).toEqual([...result.starts].sort((a, b) => a - b));
          }),
          { numRuns: 100 },
        );
      }
    },
    manyTextsMs,
  );
});
