import { CodedError, type Problem } from "../core/problem.ts";
import { type Book, hasContext, type Row } from "../core/row.ts";
import { spanLength } from "../core/span.ts";
import type { LanguageModel, SegmentedPrompt, TokenSequence } from "./languageModel.ts";

/** One sequence of a row to run through the model. */
export interface BookSequence {
  readonly book: Book;
  readonly sequence: TokenSequence;
  /** How many of the scored tokens are the target; the one after them, if any, ends the turn. */
  readonly nTargetTokens: number;
}

/** The sequences of a row, or why it cannot be scored. */
export interface RowSequences {
  readonly sequences: readonly BookSequence[];
  readonly problems: readonly Problem[];
}

function bookSequence(prompt: SegmentedPrompt, book: Book): BookSequence {
  const end = prompt.endOfTurnIdx === prompt.target.end ? prompt.target.end + 1 : prompt.target.end;
  return {
    book,
    sequence: { tokenIds: prompt.tokenIds.slice(0, end), scored: { start: prompt.target.start, end } },
    nTargetTokens: spanLength(prompt.target),
  };
}

function sameTarget(a: SegmentedPrompt, b: SegmentedPrompt): boolean {
  const left = a.tokenIds.subarray(a.target.start, a.target.end);
  const right = b.tokenIds.subarray(b.target.start, b.target.end);
  return left.length === right.length && left.every((tokenId, idx) => tokenId === right[idx]);
}

function problemOf(code: string, data: Problem["data"]): RowSequences {
  return { sequences: [], problems: [{ code, severity: "error", data }] };
}

/**
 * Renders a row in every book it is scored in. A row longer than the model's window, or whose target reads as
 * different tokens with and without the context, is not scored: a cut or shifted target would not be comparable.
 */
export function rowSequences(
  model: Pick<LanguageModel, "identity" | "segment">,
  row: Row,
  answerOnly: boolean,
): RowSequences {
  try {
    const open = model.segment(row, "open");
    const nTokens = open.tokenIds.length;
    const { windowTokens } = model.identity;
    if (nTokens > windowTokens) return problemOf("row/too-long", { nTokens, windowTokens });
    if (spanLength(open.target) === 0) return problemOf("row/no-target-tokens", {});
    const sequences = [bookSequence(open, "open")];
    if (hasContext(row)) {
      const closed = model.segment(row, "closed");
      if (!sameTarget(open, closed)) return problemOf("row/target-differs", {});
      sequences.push(bookSequence(closed, "closed"));
    }
    if (answerOnly) sequences.push(bookSequence(model.segment(row, "answer-only"), "answer-only"));
    return { sequences, problems: [] };
  } catch (error) {
    if (error instanceof CodedError) return problemOf(error.code, error.data);
    throw error;
  }
}
