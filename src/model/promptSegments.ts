import { CodedError } from "../core/problem.ts";
import type { Book, Row } from "../core/row.ts";
import type { Span } from "../core/span.ts";
import type { Segment, SegmentedPrompt } from "../engine/languageModel.ts";
import type { PromptTemplate } from "./chatTemplate.ts";
import { type LocatedPart, locateParts } from "./promptParts.ts";
import type { TextTokenizer } from "./tokenizer.ts";

/**
 * Renders a row through a template and says of every character and token of it what it is.
 *
 * Open-book and closed-book: the conversation up to and including the answer and what the template writes after it.
 * Answer-only: the start token and the answer's tokens as they are in the open-book prompt, nothing else.
 * @throws CodedError `model/template-failed`, `model/template-not-aligned`, `model/tokenizer-unsupported`, `model/no-start-token`.
 */
export function segmentRow(row: Row, book: Book, template: PromptTemplate, tokenizer: TextTokenizer): SegmentedPrompt {
  if (book === "answer-only") return answerAlone(segmentRow(row, "open", template, tokenizer), tokenizer);
  const { text, parts } = locateParts(row, book, template);
  const encoding = tokenizer.encode(text);
  const startTokenId = template.writesStartToken ? null : tokenizer.startTokenId;
  const tokenIds = startTokenId === null ? encoding.tokenIds : Int32Array.of(startTokenId, ...encoding.tokenIds);
  const tokenOffsets = startTokenId === null ? encoding.tokenOffsets : Int32Array.of(0, 0, ...encoding.tokenOffsets);
  const nInserted = startTokenId === null ? 0 : 1;
  const labelled = labelText(text, parts, writtenStart(tokenIds, tokenOffsets, nInserted, parts, tokenizer));
  const segments = assignTokens(labelled, tokenOffsets, nInserted);
  if (nInserted > 0) segments.unshift({ role: "bos", span: { start: 0, end: 0 }, tokenSpan: { start: 0, end: 1 } });
  const target = segments.find((segment) => segment.role === "target")?.tokenSpan ?? {
    start: tokenIds.length,
    end: tokenIds.length,
  };
  return { text, tokenIds, tokenOffsets, segments, target, endOfTurnIdx: endOfTurn(tokenIds, target, tokenizer) };
}

/** Stands for the answer while the prompt before it is rendered: a template may leave an empty turn out. */
const placeholderAnswer = "A";

/**
 * The prompt up to the answer, in the tokens it has when an answer is scored: white space that would be part of the
 * answer's first token is left to the model to say. Its target is empty and at its end; `endOfTurnIdx` is -1.
 * @throws CodedError as `segmentRow`.
 */
export function segmentPrompt(
  row: Row,
  book: "open" | "closed",
  template: PromptTemplate,
  tokenizer: TextTokenizer,
): SegmentedPrompt {
  const whole = segmentRow({ ...row, target: { kind: "text", text: placeholderAnswer } }, book, template, tokenizer);
  const nTokens = whole.target.start;
  const length = nTokens === 0 ? 0 : (whole.tokenOffsets[2 * nTokens - 1] ?? 0);
  const cut = ({ start, end }: Span, limit: number): Span => ({
    start: Math.min(start, limit),
    end: Math.min(end, limit),
  });
  const segments = whole.segments
    .map((segment) => ({ ...segment, span: cut(segment.span, length), tokenSpan: cut(segment.tokenSpan, nTokens) }))
    .filter(
      ({ role, span, tokenSpan }) => role !== "target" && (span.end > span.start || tokenSpan.end > tokenSpan.start),
    );
  return {
    text: whole.text.slice(0, length),
    tokenIds: whole.tokenIds.slice(0, nTokens),
    tokenOffsets: whole.tokenOffsets.slice(0, 2 * nTokens),
    segments,
    target: { start: nTokens, end: nTokens },
    endOfTurnIdx: -1,
  };
}

/** The special token with which a template ends an answer; null where it ends it with none. */
export function endOfTurnToken(row: Row, template: PromptTemplate, tokenizer: TextTokenizer): number | null {
  const { tokenIds, endOfTurnIdx } = segmentRow(row, "closed", template, tokenizer);
  const tokenId = tokenIds[endOfTurnIdx];
  return tokenId !== undefined && tokenizer.isSpecial(tokenId) ? tokenId : null;
}

type LabelledText = Omit<Segment, "tokenSpan">;

/** Length of the text of the start token that the template wrote itself; 0 when it wrote none. */
function writtenStart(
  tokenIds: Int32Array,
  tokenOffsets: Int32Array,
  nInserted: number,
  parts: readonly LocatedPart[],
  tokenizer: TextTokenizer,
): number {
  const end = tokenOffsets[1] ?? 0;
  const isStart = nInserted === 0 && tokenIds.length > 0 && tokenIds[0] === tokenizer.startTokenId;
  return isStart && end <= (parts[0]?.span.start ?? end) ? end : 0;
}

/** Fills the stretches between the parts: what is nobody's words is the template's. */
function labelText(text: string, parts: readonly LocatedPart[], startLength: number): LabelledText[] {
  const labelled: LabelledText[] = startLength > 0 ? [{ role: "bos", span: { start: 0, end: startLength } }] : [];
  let at = startLength;
  for (const part of parts) {
    if (part.span.start > at) labelled.push({ role: "template", span: { start: at, end: part.span.start } });
    labelled.push(part);
    at = part.span.end;
  }
  if (at < text.length) labelled.push({ role: "template", span: { start: at, end: text.length } });
  return labelled;
}

/** Gives each token to the segment of its last character; an empty token to that of the character it stands before. */
function assignTokens(labelled: readonly LabelledText[], tokenOffsets: Int32Array, firstTokenIdx: number): Segment[] {
  const nTokens = tokenOffsets.length / 2;
  let tokenIdx = firstTokenIdx;
  return labelled.map((segment, segmentIdx) => {
    const start = tokenIdx;
    const isLast = segmentIdx === labelled.length - 1;
    while (tokenIdx < nTokens && (isLast || lastCharacter(tokenOffsets, tokenIdx) < segment.span.end)) tokenIdx++;
    return { ...segment, tokenSpan: { start, end: tokenIdx } };
  });
}

function lastCharacter(tokenOffsets: Int32Array, tokenIdx: number): number {
  const start = tokenOffsets[2 * tokenIdx] ?? 0;
  const end = tokenOffsets[2 * tokenIdx + 1] ?? 0;
  return end > start ? end - 1 : start;
}

/** The first special token after the answer; where there is none, the first token the template wrote after it; otherwise -1. */
function endOfTurn(tokenIds: Int32Array, target: Span, tokenizer: TextTokenizer): number {
  if (target.end >= tokenIds.length) return -1;
  const special = tokenIds.subarray(target.end).findIndex((tokenId) => tokenizer.isSpecial(tokenId));
  return target.end + Math.max(0, special);
}

function answerAlone(open: SegmentedPrompt, tokenizer: TextTokenizer): SegmentedPrompt {
  const { startTokenId } = tokenizer;
  if (startTokenId === null) throw new CodedError("model/no-start-token", {});
  const segment = open.segments.find((candidate) => candidate.role === "target");
  const span = segment?.span ?? { start: open.text.length, end: open.text.length };
  const text = open.text.slice(span.start, span.end);
  const target = { start: 1, end: 1 + open.target.end - open.target.start };
  const offsets = open.tokenOffsets.subarray(2 * open.target.start, 2 * open.target.end);
  return {
    text,
    tokenIds: Int32Array.of(startTokenId, ...open.tokenIds.subarray(open.target.start, open.target.end)),
    // A token that begins before the answer is cut to what it says of the answer.
    tokenOffsets: Int32Array.of(0, 0, ...offsets.map((offset) => Math.max(0, offset - span.start))),
    segments: [
      { role: "bos", span: { start: 0, end: 0 }, tokenSpan: { start: 0, end: 1 } },
      {
        role: "target",
        span: { start: 0, end: text.length },
        tokenSpan: target,
        ...(segment?.origin ? { origin: segment.origin } : {}),
      },
    ],
    target,
    endOfTurnIdx: -1,
  };
}
