/** A token that may come next. */
export interface NextToken {
  readonly tokenId: number;
  /** Its words; a special token as the vocabulary writes it. */
  readonly text: string;
  readonly logProb: number;
}

/** The next-token distribution at one strength of context-aware decoding. */
export interface DecodingChoice {
  readonly alpha: number;
  /** Most probable first. */
  readonly top: readonly NextToken[];
}

/** What context-aware decoding would say at one place of the target. */
export interface ContextDecoding {
  /** Which target token is predicted, counted from 0. */
  readonly targetIdx: number;
  readonly choices: readonly DecodingChoice[];
  /** The smallest alpha above 0 at which the most probable token is another than open-book; null where none is. */
  readonly flip: { readonly alpha: number; readonly from: NextToken; readonly to: NextToken } | null;
}
