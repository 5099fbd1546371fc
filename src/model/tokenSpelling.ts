import { CodedError } from "../core/problem.ts";
import type { Span } from "../core/span.ts";
import { preTokenizerSteps, type TokenizerModel, type TokenizerParts } from "./tokenizerParts.ts";

/** How a tokenizer writes text in its vocabulary: what is needed to find a token's bytes again. */
export interface TokenSpelling {
  readonly model: TokenizerModel;
  /** Tokens are written in GPT-2's byte letters. */
  readonly isByteLevel: boolean;
  /** The mark for a space where the splitting step writes it (Metaspace); null where a normalizer does or none is used. */
  readonly spaceMark: string | null;
  /** Splitting may put a space in front that the text does not have. */
  readonly insertsSpace: boolean;
  /** Splitting into words leaves out the white space between them. */
  readonly dropsSpace: boolean;
  /** What a token that continues a word begins with, e.g. "##"; empty for none. */
  readonly continuingPrefix: string;
  /** What a token that ends a word ends with, e.g. "</w>"; empty for none. */
  readonly endOfWordSuffix: string;
}

/**
 * Reads a tokenizer's spelling off its `tokenizer.json`.
 * @throws CodedError `model/tokenizer-unsupported` {reason}.
 */
export function readSpelling(parts: TokenizerParts, preTokenizer: unknown): TokenSpelling {
  const steps = preTokenizerSteps(preTokenizer);
  const metaspace = steps.find((step) => step.type === "Metaspace");
  const byteLevel = steps.find((step) => step.type === "ByteLevel");
  const spaceMark = metaspace ? String(metaspace.str_rep || metaspace.replacement || "\u2581") : null;
  if (spaceMark !== null && spaceMark.length !== 1) {
    throw new CodedError("model/tokenizer-unsupported", { reason: "its mark for a space is not one character" });
  }
  return {
    model: parts.model,
    isByteLevel: byteLevel !== undefined,
    spaceMark,
    insertsSpace: metaspace ? metaspace.prepend_scheme !== "never" : byteLevel?.add_prefix_space === true,
    dropsSpace: steps.some((step) => spaceDropping.has(String(step.type)) || step.behavior === "Removed"),
    continuingPrefix: String(parts.model.config.continuing_subword_prefix ?? ""),
    endOfWordSuffix: String(parts.model.config.end_of_word_suffix ?? ""),
  };
}

const spaceDropping = new Set(["BertPreTokenizer", "Whitespace", "WhitespaceSplit"]);
const encoder = new TextEncoder();
const spaceByte = 0x20;

/** GPT-2 writes a byte as itself where it is printable Latin-1, and otherwise as the next letter from U+0100 on. */
const byteOfLetter: ReadonlyMap<string, number> = (() => {
  const letters = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const isPrintable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    letters.set(String.fromCharCode(isPrintable ? byte : next++), byte);
  }
  return letters;
})();

/** UTF-8 bytes of a text, each knowing the UTF-16 code units of its character. */
interface ByteText {
  readonly text: string;
  readonly bytes: Uint8Array;
  /** First code unit of the character a byte belongs to; one more entry for the end. int32 `[byte + 1]`. */
  readonly unitOf: Int32Array;
}

function toBytes(text: string): ByteText {
  const bytes = encoder.encode(text);
  const unitOf = new Int32Array(bytes.length + 1);
  let at = 0;
  for (let unit = 0; unit < text.length; ) {
    const codePoint = text.codePointAt(unit) ?? 0;
    // A lone half of a surrogate pair is written as the three bytes of U+FFFD.
    const nBytes = codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    unitOf.fill(unit, at, at + nBytes);
    at += nBytes;
    unit += codePoint < 0x10000 ? 1 : 2;
  }
  unitOf[at] = text.length;
  return { text, bytes, unitOf };
}

/**
 * Finds the tokens of a text in it, one after the other, each as a range of its UTF-16 code units.
 * @throws CodedError `model/tokenizer-unsupported` {reason} when a token's bytes are not the bytes that come next.
 */
export function matchTokens(spelling: TokenSpelling, tokens: readonly string[], text: string): Span[] {
  const source = toBytes(spelling.spaceMark === null ? text : text.replaceAll(" ", spelling.spaceMark));
  const { bytes, unitOf } = source;
  let at = 0;
  const spans = tokens.map((token): Span => {
    if (spelling.dropsSpace) at = skipSpace(source, at);
    const matched = nMatchedBytes(spelling, token, source, at);
    if (matched < 0) throw untraceable(token, source, at);
    const start = unitOf[at] ?? 0;
    at += matched;
    return { start, end: matched === 0 ? start : endOfCharacter(source, at - 1) };
  });
  if (spelling.dropsSpace) at = skipSpace(source, at);
  if (at !== bytes.length) throw untraceable("", source, at);
  return spans;
}

/** How many bytes at a position a token stands for; -1 when it cannot stand there. */
function nMatchedBytes(spelling: TokenSpelling, token: string, source: ByteText, at: number): number {
  const { model } = spelling;
  // A unigram model gives an unknown piece as its text; the others never spell out their unknown token.
  if (token === model.unk_token && model.config.type !== "Unigram") return nUnknownBytes(spelling, source, at);
  for (const bytes of spellings(spelling, token)) {
    if (matchesAt(source.bytes, at, bytes)) return bytes.length;
  }
  return -1;
}

/** What a token's bytes can be, the plain reading first. */
function* spellings(spelling: TokenSpelling, token: string): Generator<Uint8Array> {
  const { isByteLevel, spaceMark, insertsSpace, continuingPrefix, endOfWordSuffix, model } = spelling;
  const letters = isByteLevel ? byteLetters(token) : null;
  if (letters) {
    yield letters;
    if (insertsSpace && letters[0] === spaceByte) yield letters.subarray(1);
    return;
  }
  const byte = model.byte_fallback ? /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1] : undefined;
  if (byte !== undefined) yield Uint8Array.of(Number.parseInt(byte, 16));
  yield encoder.encode(token);
  if (insertsSpace && spaceMark !== null && token.startsWith(spaceMark)) yield encoder.encode(token.slice(1));
  const word = endOfWordSuffix && token.endsWith(endOfWordSuffix) ? token.slice(0, -endOfWordSuffix.length) : token;
  const part = continuingPrefix && word.startsWith(continuingPrefix) ? word.slice(continuingPrefix.length) : word;
  if (part !== token) yield encoder.encode(part);
}

function byteLetters(token: string): Uint8Array | null {
  const bytes = new Uint8Array(token.length);
  for (let idx = 0; idx < token.length; idx++) {
    const byte = byteOfLetter.get(token.charAt(idx));
    if (byte === undefined) return null;
    bytes[idx] = byte;
  }
  return bytes;
}

function matchesAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  if (at + wanted.length > bytes.length) return false;
  for (let idx = 0; idx < wanted.length; idx++) if (bytes[at + idx] !== wanted[idx]) return false;
  return true;
}

/**
 * The stretch behind an unknown token: one character that the vocabulary does not have, or a run of them where the
 * tokenizer fuses them. Where whole words can be unknown, or characters depend on the word's end, the end is not known.
 */
function nUnknownBytes({ model, endOfWordSuffix }: TokenSpelling, source: ByteText, at: number): number {
  if (model.config.type === "WordPiece" || endOfWordSuffix !== "") return -1;
  let end = at;
  while (end < source.bytes.length) {
    const next = nextCharacter(source, end);
    if (model.tokens_to_ids.has(source.text.slice(source.unitOf[end], source.unitOf[next]))) break;
    end = next;
    if (!model.fuse_unk) break;
  }
  return end === at ? -1 : end - at;
}

function nextCharacter({ bytes, unitOf }: ByteText, at: number): number {
  let next = at + 1;
  while (next < bytes.length && unitOf[next] === unitOf[at]) next++;
  return next;
}

function endOfCharacter(source: ByteText, at: number): number {
  return source.unitOf[nextCharacter(source, at)] ?? source.text.length;
}

function skipSpace(source: ByteText, at: number): number {
  let next = at;
  while (/^\s$/.test(source.text.charAt(source.unitOf[next] ?? source.text.length))) next = nextCharacter(source, next);
  return next;
}

function untraceable(token: string, { text, unitOf }: ByteText, at: number): CodedError {
  const unit = unitOf[at] ?? 0;
  const near = text.slice(Math.max(0, unit - 10), unit + 20);
  return new CodedError("model/tokenizer-unsupported", {
    reason: `token "${token}" is not what the text says near "${near}"`,
  });
}
