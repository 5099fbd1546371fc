import { CodedError } from "../core/problem.ts";
import { type AlignedText, identityAlignment, normalizeAligned } from "./alignedText.ts";
import type { AddedToken, TokenizerParts } from "./tokenizerParts.ts";
import { matchTokens, type TokenSpelling } from "./tokenSpelling.ts";

/** The tokens of a text and where each stands in it. */
export interface OffsetEncoding {
  /** int32 `[token]`. */
  readonly tokenIds: Int32Array;
  /** int32 `[token, 2]`, flattened: half-open ranges of the text, UTF-16 code units. */
  readonly tokenOffsets: Int32Array;
}

/** A piece between added tokens, or an added token; positions are those of the text it was cut from. */
interface Section {
  text: string;
  start: number;
}

interface PlacedToken {
  readonly id: number;
  start: number;
  end: number;
}

/**
 * Tokens of a text without added special ones, each with its exact range.
 *
 * Ranges are in order and cover the whole text. A token that holds part of a character's bytes has the range of the
 * character, so several tokens may share a range; a token that stands for an inserted space has an empty one.
 * Text that the tokenizer drops belongs to the token after it: white space that a role mark swallows is not the mark's,
 * or the mark would count as part of an answer that begins with a space.
 * @throws CodedError `model/tokenizer-unsupported` {reason} when tokens cannot be traced back to the text.
 */
export function encodeWithOffsets(parts: TokenizerParts, spelling: TokenSpelling, text: string): OffsetEncoding {
  const tokens: PlacedToken[] = [];
  const sections = splitSections(parts, parts.splitter_unnormalized.split(text), 0);
  for (const [sectionIdx, section] of sections.entries()) {
    const added = parts.added_tokens_map.get(section.text);
    if (added) tokens.push(placeAdded(added, section.start, section.start + section.text.length));
    else if (section.text.length > 0) placeSection(parts, spelling, section, sectionIdx, tokens);
  }
  coverGaps(tokens, text.length);
  const tokenIds = Int32Array.from(tokens, (token) => token.id);
  const tokenOffsets = new Int32Array(2 * tokens.length);
  for (const [idx, token] of tokens.entries()) {
    tokenOffsets[2 * idx] = token.start;
    tokenOffsets[2 * idx + 1] = token.end;
  }
  return { tokenIds, tokenOffsets };
}

/** Gives the pieces their positions and takes away the white space that added tokens swallow. */
function splitSections(parts: TokenizerParts, pieces: readonly string[], start: number): Section[] {
  let at = start;
  const sections = pieces.map((text): Section => {
    const section = { text, start: at };
    at += text.length;
    return section;
  });
  for (const [idx, section] of sections.entries()) {
    const added = parts.added_tokens_map.get(section.text);
    const before = sections[idx - 1];
    const after = sections[idx + 1];
    if (added?.single_word) {
      throw new CodedError("model/tokenizer-unsupported", {
        reason: `its token ${added.content} stands for whole words only`,
      });
    }
    if (added?.lstrip && before) before.text = before.text.trimEnd();
    if (added?.rstrip && after) {
      const kept = after.text.trimStart();
      after.start += after.text.length - kept.length;
      after.text = kept;
    }
  }
  return sections;
}

function placeSection(
  parts: TokenizerParts,
  spelling: TokenSpelling,
  section: Section,
  sectionIdx: number,
  tokens: PlacedToken[],
): void {
  const aligned = normalizeAligned(parts.normalizer, identityAlignment(section.text, section.start));
  if (aligned.text.length === 0) return;
  for (const { text, start } of splitSections(parts, parts.splitter_normalized.split(aligned.text), 0)) {
    const added = parts.added_tokens_map.get(text);
    if (text.length === 0) continue;
    if (added) {
      const { start: from, end: to } = originalRange(aligned, start, start + text.length);
      tokens.push(placeAdded(added, from, to));
      continue;
    }
    const words = parts.pre_tokenizer ? parts.pre_tokenizer(text, { section_index: sectionIdx }) : [text];
    const texts = parts.model(words);
    for (const [idx, range] of matchTokens(spelling, texts, text).entries()) {
      const place = originalRange(aligned, start + range.start, start + range.end);
      tokens.push({ id: tokenId(parts, texts[idx] ?? ""), ...place });
    }
  }
}

function placeAdded(added: AddedToken, start: number, end: number): PlacedToken {
  return { id: added.id, start, end };
}

function tokenId({ model, added_tokens_map }: TokenizerParts, token: string): number {
  const known = added_tokens_map.get(token)?.id ?? model.tokens_to_ids.get(token);
  // The library does not cut unknown pieces of a unigram model into bytes, so its unknown token would be a wrong one.
  const id = known ?? (model.config.byte_fallback === true ? undefined : model.unk_token_id);
  if (id === undefined)
    throw new CodedError("model/tokenizer-unsupported", { reason: `it has no number for "${token}"` });
  return id;
}

function originalRange({ starts, ends }: AlignedText, from: number, to: number): { start: number; end: number } {
  if (from < to) return { start: starts[from] ?? 0, end: ends[to - 1] ?? 0 };
  const at = starts[from] ?? ends[from - 1] ?? 0;
  return { start: at, end: at };
}

/** Gives every stretch that no token stands for to a neighbour, so that the ranges cover the text. */
function coverGaps(tokens: readonly PlacedToken[], textLength: number): void {
  let covered = 0;
  for (const token of tokens) {
    token.start = Math.min(token.start, covered);
    covered = Math.max(covered, token.end);
  }
  const last = tokens.at(-1);
  if (last && covered < textLength) last.end = textLength;
}
