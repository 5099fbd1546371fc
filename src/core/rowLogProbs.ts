/**
 * The measured log-probabilities of one row; every figure of the row is computed from these and a named formula.
 * All arrays hold natural logarithms (nats), float32 `[targetToken]`; positions in the three books are the same tokens.
 */
export interface RowLogProbs {
  /** log p(y_t | prompt with context, y_<t). */
  readonly open: Float32Array;
  /** log p(y_t | prompt without context, y_<t); null when the row has no context. */
  readonly closed: Float32Array | null;
  /** log p(y_t | y_<t) with no prompt; only when it was asked for (IFD). */
  readonly answerOnly: Float32Array | null;
  /** The end-of-turn token's log-probability open-book and closed-book, kept apart from the row's figures; NaN when the template has none. */
  readonly endOfTurn: { readonly open: number; readonly closed: number };
}
