import type { TokenFigures } from "./inspectableModel.ts";
import type { InspectedBook } from "./inspectRow.ts";

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
