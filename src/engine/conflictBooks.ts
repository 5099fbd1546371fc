import type { AskedQuestion } from "../core/conflictQuality.ts";
import { CodedError, type Problem } from "../core/problem.ts";
import { spanLength } from "../core/span.ts";
import { type ConflictAsking, conflictRow, templateChoice } from "./conflictPrompt.ts";
import type { InspectableModel } from "./inspectableModel.ts";
import type { SegmentedPrompt, TokenSequence } from "./languageModel.ts";

export type AnswerName = "contextual" | "parametric";

/** A question in one book, ready to run. */
export interface BookPrompt {
  /** Up to the answer. */
  readonly prompt: SegmentedPrompt;
  /** The prompt with each answer that the item has, its tokens without the end of turn to be scored. */
  readonly answers: Partial<Readonly<Record<AnswerName, TokenSequence>>>;
}

/** A question in both books; open is null without a context, both are with a problem. */
export interface ConflictBooks {
  readonly open: BookPrompt | null;
  readonly closed: BookPrompt | null;
  readonly problems: readonly Problem[];
}

/** Renders a question with and without its context, and either answer behind each. */
export function conflictBooks(item: AskedQuestion, model: InspectableModel, asking: ConflictAsking): ConflictBooks {
  try {
    const closed = bookPrompt(item, model, asking, "closed");
    return { open: item.context === null ? null : bookPrompt(item, model, asking, "open"), closed, problems: [] };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { open: null, closed: null, problems: [{ code: error.code, severity: "error", data: error.data }] };
  }
}

function bookPrompt(
  item: AskedQuestion,
  model: InspectableModel,
  asking: ConflictAsking,
  book: "open" | "closed",
): BookPrompt {
  const template = templateChoice(asking.template);
  const { windowTokens } = model.identity;
  const fitting = (nTokens: number, mostTokens: number) => {
    if (nTokens > mostTokens) throw new CodedError("row/too-long", { nTokens, windowTokens });
  };
  const answer = (name: string | undefined): TokenSequence | undefined => {
    if (name === undefined) return undefined;
    const { tokenIds, target } = model.segment(conflictRow(item, name, asking), book, template);
    if (spanLength(target) === 0) throw new CodedError("row/no-target-tokens");
    if (target.start === 0) throw new CodedError("row/no-prompt-tokens");
    fitting(target.end, windowTokens);
    return { tokenIds: tokenIds.slice(0, target.end), scored: target };
  };
  const prompt = model.generationPrompt(conflictRow(item, "", asking), book, template);
  if (prompt.tokenIds.length === 0) throw new CodedError("row/no-prompt-tokens");
  fitting(prompt.tokenIds.length, windowTokens - 1);
  const contextual = answer(item.contextualAnswers[0]);
  const parametric = answer(item.parametricAnswers[0]);
  return { prompt, answers: { ...(contextual && { contextual }), ...(parametric && { parametric }) } };
}
