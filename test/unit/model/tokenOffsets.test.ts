import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeWithOffsets } from "../../../src/model/tokenOffsets.ts";
import { readSpelling } from "../../../src/model/tokenSpelling.ts";
import { buildTokenizer, type TokenizerParts } from "../../../src/model/tokenizerParts.ts";
import { bundledSource, sharedData, sharedSources, type TokenizerSource } from "./tokenizerSources.ts";

interface PlacedToken {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

function open(source: TokenizerSource): { parts: TokenizerParts; place: (text: string) => PlacedToken[] } {
  const parts = buildTokenizer(source.tokenizer, source.config);
  const spelling = readSpelling(parts, source.tokenizer.pre_tokenizer);
  const place = (text: string) => {
    const { tokenIds, tokenOffsets } = encodeWithOffsets(parts, spelling, text);
    return [...tokenIds].map((tokenId, idx) => ({
      text: parts.model.vocab[tokenId] ?? "",
      start: tokenOffsets[2 * idx] ?? -1,
      end: tokenOffsets[2 * idx + 1] ?? -1,
    }));
  };
  return { parts, place };
}

/** Text that hurts: marks, emoji, jamo, lone surrogates, runs of spaces, special-token look-alikes. */
const hardPieces = [
  " ", "  ", "\n", "\t", "\r\n", "\u00a0", "\u2581", "<0x0A>", "<s>", "</s>", "<|end|>", "<|user|>", "<|endoftext|>", "<unk>",
  "é", "e\u0301", "q\u0307\u0323", "\u1112\u1161\u11ab", "한", "\ud83e\udd16", "👩‍👩‍👧", "\ud800", "\udc00", "𝒳", "مرحبا", "漢字", "\ufeff",
  "'s", "12345", "naïve", "Straße", "\u0000", "\ufffd", "½", "ﬁ", "[IND]",
];
const hardText = fc
  .array(fc.oneof(fc.constantFrom(...hardPieces), fc.string({ unit: "binary", maxLength: 6 }), fc.string({ maxLength: 8 })), { maxLength: 12 })
  .map((pieces) => pieces.join(""));

function expectCoverage(tokens: readonly PlacedToken[], text: string): void {
  let covered = 0;
  for (const token of tokens) {
    expect(token.start).toBeLessThanOrEqual(covered);
    expect(token.end).toBeGreaterThanOrEqual(token.start);
    expect(token.end).toBeGreaterThanOrEqual(covered);
    covered = token.end;
  }
  if (text.length > 0) expect(covered).toBe(text.length);
}

function properties(source: TokenizerSource): void {
  const { parts, place } = open(source);

  it("gives the ids the library gives", () => {
    fc.assert(
      fc.property(hardText, (text) => {
        const ids = place(text).map((token) => token.text);
        expect(ids).toEqual(parts.encode(text, { add_special_tokens: false }).ids.map((id) => parts.model.vocab[id]));
      }),
      { numRuns: 300 },
    );
  });

  it("covers the text, in order", () => {
    fc.assert(
      fc.property(hardText, (text) => expectCoverage(place(text), text)),
      { numRuns: 300 },
    );
  });
}

const bundled = bundledSource();
const shared = sharedSources();

describe.skipIf(bundled === null)("token offsets, the project's own tokenizer", () => {
  if (bundled) properties(bundled);
});

if (shared.length === 0) it.skip(`token offsets of other tokenizers: no folder ${sharedData}`, () => undefined);
for (const source of shared) describe(`token offsets, ${source.name}`, () => properties(source));
