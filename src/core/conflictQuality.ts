import { containsAnswer, normaliseAnswer } from "./answerContainment.ts";

/** What makes an item say less than it should: of the passage and the two answers, or of the data set. */
export type ConflictFlag = "answer-not-in-context" | "memory-in-context" | "answers-overlap" | "duplicate";

/** A question with what its context says and what a model may remember. */
export interface AskedQuestion {
  readonly question: string;
  /** Null where the answer is expected from memory. */
  readonly context: string | null;
  readonly contextualAnswers: readonly string[];
  readonly parametricAnswers: readonly string[];
}

/**
 * Quality flags of each item, in order:
 *
 *  - `answer-not-in-context`: the passage does not hold the contextual answer, so following it cannot give it;
 *  - `memory-in-context`: the passage holds the remembered answer too, so saying it is no proof of remembering;
 *  - `answers-overlap`: one answer holds the other, so an output with one counts as both;
 *  - `duplicate`: an earlier item asks the same of the same passage with the same answers.
 *
 * Compared as answers are (`normaliseAnswer`); the last two of a conflict only where its answers differ. Defined here.
 */
export function conflictFlags(items: readonly AskedQuestion[]): ConflictFlag[][] {
  const seen = new Set<string>();
  return items.map((item) => {
    const flags: ConflictFlag[] = [];
    const { context, contextualAnswers, parametricAnswers } = item;
    if (context !== null && !containsAnswer(context, contextualAnswers)) flags.push("answer-not-in-context");
    if (context !== null && isConflict(item)) {
      if (containsAnswer(context, parametricAnswers)) flags.push("memory-in-context");
      if (isOverlapping(contextualAnswers, parametricAnswers)) flags.push("answers-overlap");
    }
    const key = JSON.stringify([
      normaliseAnswer(item.question),
      normaliseAnswer(context ?? ""),
      ...[contextualAnswers, parametricAnswers].map((names) => names.map(normaliseAnswer)),
    ]);
    if (seen.has(key)) flags.push("duplicate");
    seen.add(key);
    return flags;
  });
}

/** Says whether context and memory give different answers: both are known and share no name. */
export function isConflict({ context, contextualAnswers, parametricAnswers }: AskedQuestion): boolean {
  if (context === null || contextualAnswers.length === 0 || parametricAnswers.length === 0) return false;
  const contextual = new Set(contextualAnswers.map(normaliseAnswer));
  return !parametricAnswers.some((name) => contextual.has(normaliseAnswer(name)));
}

function isOverlapping(some: readonly string[], others: readonly string[]): boolean {
  return some.some((name) => containsAnswer(name, others)) || others.some((name) => containsAnswer(name, some));
}
