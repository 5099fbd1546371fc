import { CodedError } from "../core/problem.ts";
import type { Book, Row } from "../core/row.ts";
import type { InspectableModel, TemplateChoice } from "./inspectableModel.ts";
import type { LanguageModel, SegmentedPrompt, TokenSequence } from "./languageModel.ts";
import { rowSequences } from "./rowSequences.ts";

/** One book of a row, ready to run. */
export interface RowBook {
  readonly prompt: SegmentedPrompt;
  /** The prompt up to the end of the scored tokens. */
  readonly sequence: TokenSequence;
}

/**
 * Renders a row with and without its context under a choice of template; closed is null when it has no context.
 * @throws CodedError what keeps the row from being scored, e.g. `row/too-long`, `row/no-prompt-tokens`.
 */
export function rowBooks(
  row: Row,
  model: InspectableModel,
  template: TemplateChoice,
): { readonly open: RowBook; readonly closed: RowBook | null } {
  const prompts = new Map<Book, SegmentedPrompt>();
  const segment = (each: Row, book: Book) => {
    const prompt = model.segment(each, book, template);
    prompts.set(book, prompt);
    return prompt;
  };
  const { sequences, problems } = rowSequences({ identity: model.identity, segment }, row, false);
  const [problem] = problems;
  if (problem) throw new CodedError(problem.code, problem.data);
  const book = (name: Book): RowBook | null => {
    const prompt = prompts.get(name);
    const sequence = sequences.find((entry) => entry.book === name)?.sequence;
    if (!prompt || !sequence) return null;
    if (sequence.scored.start === 0) throw new CodedError("row/no-prompt-tokens");
    return { prompt, sequence };
  };
  const open = book("open");
  if (!open) throw new CodedError("row/no-target-tokens");
  return { open, closed: book("closed") };
}

/** The same model, rendering every row through a choice of template. */
export function underTemplate(model: InspectableModel, template: TemplateChoice): LanguageModel {
  return {
    identity: model.identity,
    segment: (row, book) => model.segment(row, book, template),
    tokenTexts: (tokenIds) => model.tokenTexts(tokenIds),
    logProbs: (batch) => model.logProbs(batch),
    release: () => model.release(),
  };
}

/** @throws CodedError `cancelled`. */
export function checkCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new CodedError("cancelled");
}
