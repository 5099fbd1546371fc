import { containsAnswer } from "../core/answerContainment.ts";
import type { AskedQuestion } from "../core/conflictQuality.ts";
import type { ConflictKind, ConflictMeasures, HeldAnswers } from "../core/conflictSummary.ts";
import { firstSentence } from "../core/containingScore.ts";
import { contextPreference } from "../core/knowledgeConflict.ts";
import type { ConflictTemplate } from "./conflictPrompt.ts";
import type { AskedBook, AskedItem } from "./conflictRun.ts";

/** A question with what it is measured as. */
export interface MeasuredQuestion extends AskedQuestion {
  readonly kind: ConflictKind;
  readonly group: string;
}

/**
 * What an output says in answer. In the plain template of the suite the next line asks another question, so an answer
 * is the first line that is not blank; otherwise it is the whole output.
 */
export function answerText(output: string, template: ConflictTemplate): string {
  return template === "plain" ? (output.trimStart().split("\n", 1)[0] ?? "") : output;
}

/** Turns what a model said to an item into the numbers that summaries are made of. */
export function conflictMeasures(
  question: MeasuredQuestion,
  { open, closed, contextMass }: AskedItem,
  template: ConflictTemplate,
): ConflictMeasures {
  const said = (book: AskedBook | null) => book && heldAnswers(answerText(book.output, template), question);
  const isConflict = question.kind === "conflict";
  return {
    kind: question.kind,
    cluster: question.group,
    open: said(open),
    closed: said(closed),
    openSentence: open && heldAnswers(firstSentence(answerText(open.output, template)), question),
    contextPreference: isConflict ? preference(open, "sum") : null,
    firstTokenContextPreference: isConflict ? preference(open, "firstToken") : null,
    isProbed: isConflict && (closed?.parametric?.sum ?? Number.NaN) > (closed?.contextual?.sum ?? Number.NaN),
    contextMass,
  };
}

function heldAnswers(text: string, { contextualAnswers, parametricAnswers }: AskedQuestion): HeldAnswers {
  const holds = (names: readonly string[]) => (names.length === 0 ? null : containsAnswer(text, names));
  return { contextual: holds(contextualAnswers), parametric: holds(parametricAnswers) };
}

function preference(book: AskedBook | null, form: "sum" | "firstToken"): number | null {
  if (!book?.contextual || !book.parametric) return null;
  return contextPreference(book.contextual[form], book.parametric[form]);
}
