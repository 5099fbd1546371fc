import type { AskedQuestion } from "../core/conflictQuality.ts";
import type { Row, TextPart } from "../core/row.ts";
import type { InspectableModel, TemplateChoice } from "./inspectableModel.ts";

/**
 * What a question is put into: the model's chat template, no template, or the plain one of the suite, which suits base
 * models: `{context}\nQuestion: {question}\nAnswer:`.
 */
export type ConflictTemplate = "own" | "off" | "plain";

/** The words between a passage and its question: a line break, or those of Wang et al. for reading comprehension. */
export type ConflictWording = "bare" | "passage";

/** How questions are put to a model. */
export interface ConflictAsking {
  readonly template: ConflictTemplate;
  readonly wording: ConflictWording;
  /** Put behind the user's words, after one space; null for none. */
  readonly indicator: string | null;
}

const separators: Readonly<Record<ConflictWording, string>> = {
  bare: "\n",
  passage: "\nAnswer the question according to the above passage: ",
};

const templateChoices: Readonly<Record<ConflictTemplate, TemplateChoice>> = {
  own: "own",
  off: "plain",
  plain: "completion",
};

/** What is really asked with: a base model has no template of its own, and gets the plain one of the suite. */
export function effectiveTemplate(model: InspectableModel, template: ConflictTemplate): ConflictTemplate {
  return template === "own" && !model.hasChatTemplate ? "plain" : template;
}

export function templateChoice(template: ConflictTemplate): TemplateChoice {
  return templateChoices[template];
}

/** A question as a row with an answer as its target; closed-book loses the passage and the words that hold it. */
export function conflictRow(
  { context, question }: AskedQuestion,
  answer: string,
  { template, wording, indicator }: ConflictAsking,
): Row {
  const asked = indicator === null ? question : `${question} ${indicator}`;
  const words: TextPart = { kind: "text", text: template === "plain" ? `Question: ${asked}\nAnswer:` : asked };
  const parts: TextPart[] =
    context === null
      ? [words]
      : [{ kind: "context", text: context }, { kind: "separator", text: separators[wording] }, words];
  return { prompt: [{ role: "user", parts }], target: { kind: "text", text: answer } };
}
