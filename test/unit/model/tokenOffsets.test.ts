import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildTokenizer, type TokenizerParts } from "../../../src/model/tokenizerParts.ts";
import { encodeWithOffsets } from "../../../src/model/tokenOffsets.ts";
import { readSpelling } from "../../../src/model/tokenSpelling.ts";
import { anyText, manyTextsMs } from "./anyText.ts";
import {
  byteLetters,
  byteLevelSource,
  endOfWordSource,
  foldingSource,
  fusingSource,
  unigramSource,
  wordPieceSource,
} from "./tinyTokenizers.ts";
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
  " ",
  "  ",
  "\n",
  "\t",
  "\r\n",
  "\u00a0",
  "\u2581",
  "<0x0A>",
  "<s>",
  "</s>",
  "<|end|>",
  "<|user|>",
  "<|endoftext|>",
  "<unk>",
  "é",
  "e\u0301",
  "q\u0307\u0323",
  "\u1112\u1161\u11ab",
  "한",
  "\ud83e\udd16",
  "👩‍👩‍👧",
  "\ud800",
  "\udc00",
  "𝒳",
  "مرحبا",
  "漢字",
  "\ufeff",
  "'s",
  "12345",
  "naïve",
  "Straße",
  "\u0000",
  "\ufffd",
  "½",
  "ﬁ",
  "[IND]",
];
const hardText = fc
  .array(fc.oneof(fc.constantFrom(...hardPieces), anyText(6), fc.string({ maxLength: 8 })), { maxLength: 12 })
  .map((pieces) => pieces.join(""));

/** In order, without a gap, to the end; text of which nothing is kept has no token to belong to. */
function coversText(tokens: readonly PlacedToken[], text: string): boolean {
  let covered = 0;
  for (const token of tokens) {
    if (token.start > covered || token.end < token.start || token.end < covered) return false;
    covered = token.end;
  }
  return tokens.length === 0 || covered === text.length;
}

function properties(source: TokenizerSource): void {
  const { parts, place } = open(source);

  it(
    "gives the ids the library gives",
    () => {
      fc.assert(
        fc.property(hardText, (text) => {
          const ids = place(text).map((token) => token.text);
          expect(ids).toEqual(parts.encode(text, { add_special_tokens: false }).ids.map((id) => parts.model.vocab[id]));
        }),
        { numRuns: 200 },
      );
    },
    manyTextsMs,
  );

  it(
    "covers the text, in order",
    () => {
      fc.assert(
        fc.property(hardText, (text) => coversText(place(text), text)),
        { numRuns: 200 },
      );
    },
    manyTextsMs,
  );
}

/** The tokens as `text start end`. */
function shown(source: TokenizerSource, text: string): string[] {
  return open(source)
    .place(text)
    .map((token) => `${token.text} ${token.start} ${token.end}`);
}

describe("token offsets of small tokenizers", () => {
  it("gives a part of a character the range of the character", () => {
    expect(shown(byteLevelSource, "🤖 to")).toEqual(["ð 0 2", "Ł 0 2", "¤ĸ 0 2", "Ġto 2 5"]);
  });

  it("reads half a surrogate pair as the three bytes it is written as", () => {
    expect(shown(byteLevelSource, "a\ud83e")).toEqual(["a 0 1", "ï 1 2", "¿ 1 2", "½ 1 2"]);
  });

  it("gives an inserted space no text", () => {
    expect(shown(unigramSource, "x")).toEqual(["▁ 0 0", "<unk> 0 1"]);
    expect(shown(fusingSource, "b")).toEqual(["▁ 0 0", "b 0 1"]);
  });

  it("tells an inserted space from one in the text", () => {
    expect(shown(unigramSource, "there  the.<s>the")).toEqual([
      "▁the 0 3",
      "re 3 5",
      "▁ 5 6",
      "▁the 6 10",
      ". 10 11",
      "<s> 11 14",
      "▁the 14 17",
    ]);
  });

  it("finds unknown characters, one by one or fused", () => {
    expect(shown(unigramSource, "t🤖z")).toEqual(["▁ 0 0", "t 0 1", "<unk> 1 4"]);
    expect(shown(fusingSource, "ab xyz🤖 a")).toEqual(["▁ 0 0", "ab 0 2", "▁ 2 3", "<unk> 3 8", "▁ 8 9", "a 9 10"]);
  });

  it("follows words that are marked at their ends", () => {
    expect(shown(endOfWordSource, "low  lo ")).toEqual(["low</w> 0 3", "l 3 6", "o</w> 6 8"]);
  });

  it("follows words cut at spaces, lower case and stripped accents", () => {
    expect(shown(wordPieceSource, "  Café, unknownly! ")).toEqual([
      "cafe 0 6",
      ", 6 7",
      "un 7 10",
      "##known 10 15",
      "##ly 15 17",
      "! 17 19",
    ]);
  });

  it("refuses where an unknown word hides the border", () => {
    expect(() => shown(wordPieceSource, "xx known")).toThrow(/tokenizer-unsupported/);
    expect(() => shown(endOfWordSource, "low x")).toThrow(/tokenizer-unsupported/);
  });

  it("gives a folded character all tokens that came of it", () => {
    expect(shown(foldingSource, "ﬁ½")).toEqual(["Ġ 0 0", "fi 0 1", "1 1 2", "â 1 2", "ģ 1 2", "Ħ 1 2", "2 1 2"]);
    expect(shown(foldingSource, "e\u0301")).toEqual(["Ġ 0 0", "Ã 0 2", "© 0 2"]);
  });

  it("gives swallowed white space to the token behind it, at the end to the last one", () => {
    expect(shown(foldingSource, "<|user|> \n b  <|mask|>")).toEqual([
      "<|user|> 0 8",
      "Ġ 8 11",
      "b 11 12",
      "<|mask|> 12 22",
    ]);
    expect(shown(foldingSource, "a  ")).toEqual(["Ġ 0 0", "a 0 3"]);
  });

  it("finds added tokens that are looked for after folding", () => {
    expect(shown(foldingSource, "aWordb")).toEqual(["Ġ 0 0", "a 0 1", "Word 1 5", "Ġ 5 5", "b 5 6"]);
  });

  for (const source of [byteLevelSource, unigramSource, fusingSource, foldingSource]) {
    describe(source.name, () => properties(source));
  }
});

/** Bytes of a run of byte-level tokens, and of the text of their ranges together. */
function tokenBytes(tokens: readonly PlacedToken[]): number[] {
  return [...tokens.map((token) => token.text).join("")].map((letter) => letterBytes.get(letter) ?? -1);
}
const letterBytes = new Map(byteLetters.map((letter, byte) => [letter, byte]));

/** Tokens that share a character, together. */
function sharingRuns(tokens: readonly PlacedToken[]): PlacedToken[][] {
  const runs: PlacedToken[][] = [];
  for (const token of tokens) {
    const run = runs.at(-1);
    if (run && token.start < Math.max(...run.map((other) => other.end))) run.push(token);
    else runs.push([token]);
  }
  return runs;
}

function byteProperty(source: TokenizerSource): void {
  it(
    "gives tokens the bytes of their ranges",
    () => {
      const { parts, place } = open(source);
      fc.assert(
        fc.property(hardText, (text) => {
          for (const run of sharingRuns(place(text))) {
            if (run.some((token) => parts.added_tokens_map.has(token.text))) continue;
            const range = text.slice(run[0]?.start, Math.max(...run.map((token) => token.end)));
            expect(tokenBytes(run)).toEqual([...new TextEncoder().encode(range)]);
          }
        }),
        { numRuns: 200 },
      );
    },
    manyTextsMs,
  );
}

const bundled = bundledSource();
const shared = sharedSources();

describe.skipIf(bundled === null)("token offsets, the project's own tokenizer", () => {
  if (!bundled) return;
  properties(bundled);
  byteProperty(bundled);
});

if (shared.length === 0) it.skip(`token offsets of other tokenizers: no folder ${sharedData}`, () => undefined);
for (const source of shared) {
  describe(`token offsets, ${source.name}`, () => {
    properties(source);
    if (source.name === "gpt2") byteProperty(source);
  });
}

describe("bytes of small tokenizers", () => byteProperty(byteLevelSource));

describe.skipIf(shared.length === 0)("SentencePiece tokens with byte fallback", () => {
  it("keep inserted spaces, real ones and bytes apart", () => {
    const llama = shared.find((source) => source.name === "llama2");
    if (!llama) return;
    expect(shown(llama, "a\nb 🤖<s> c")).toEqual([
      "▁a 0 1",
      "<0x0A> 1 2",
      "b 2 3",
      "▁ 3 4",
      "<0xF0> 4 6",
      "<0x9F> 4 6",
      "<0xA4> 4 6",
      "<0x96> 4 6",
      "<s> 6 9",
      "▁ 9 9",
      "▁c 9 11",
    ]);
  });

  it("give the white space that a role mark swallows to the token behind it", () => {
    const phi = shared.find((source) => source.name === "phi3");
    if (!phi) return;
    expect(shown(phi, "<|assistant|>\nYes")).toEqual(["<|assistant|> 0 13", "▁Yes 13 17"]);
  });
});
