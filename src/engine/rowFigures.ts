import type { Row } from "../core/row.ts";
import type { InspectableModel, TemplateChoice, TokenFigures } from "./inspectableModel.ts";
import type { InspectedBook } from "./inspectRow.ts";
import { checkCancelled, type RowBook, rowBooks } from "./rowBooks.ts";

/** One book of a row with what the model thought at each scored token: the target's, then the end of turn's if any. */
export interface FiguredBook extends InspectedBook {
  readonly figures: TokenFigures;
  /** The words of the most probable tokens, `[scored token][choice]`, most probable first; special tokens as the vocabulary writes them. */
  readonly topTexts: readonly (readonly string[])[];
}

/** A row token by token, with and without its context, both from the same variant of the model. */
export interface RowFigures {
  readonly open: FiguredBook;
  /** Null when the row has no context. */
  readonly closed: FiguredBook | null;
}

/** How many alternatives to each token are shown. */
export const shownChoices = 5;

/**
 * Scores a row's target with and without its context and keeps what else the model thought of saying.
 * @throws CodedError what kept the row from being scored, `cancelled`.
 */
export async function rowFigures(
  row: Row,
  model: InspectableModel,
  { template, signal }: { readonly template: TemplateChoice; readonly signal: AbortSignal },
): Promise<RowFigures> {
  const { open, closed } = rowBooks(row, model, template);
  // Each book runs alone: in one batch a result would depend, in its last digits, on the other's length.
  const openFigures = await figuredBook(open, model);
  checkCancelled(signal);
  return { open: openFigures, closed: closed && (await figuredBook(closed, model)) };
}

async function figuredBook({ prompt, sequence }: RowBook, model: InspectableModel): Promise<FiguredBook> {
  const [figures] = await model.tokenFigures([sequence], shownChoices);
  if (!figures) throw new Error("no figures for the sequence");
  const { topIds, topK, logProbs } = figures;
  const topTexts = Array.from(logProbs, (_, idx) => model.words(topIds.subarray(idx * topK, (idx + 1) * topK)));
  return { prompt, tokenTexts: model.tokenTexts(prompt.tokenIds), logProbs, figures, topTexts };
}
