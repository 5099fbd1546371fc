/** One sentence of the context: how much the answer loses without it, and how much attention it gets. */
export interface AblatedSentence {
  readonly text: string;
  /** Token positions in the open-book prompt. */
  readonly tokenSpan: { readonly start: number; readonly end: number };
  /** Fall of the target's mean log-probability without the sentence, nats per token; negative where it rises; null where the target reads as other tokens then. */
  readonly logProbFall: number | null;
  /** Attention mass on the sentence, mean over layers, heads and the positions that say the target. */
  readonly attentionShare: number;
}

/** Attention against ablation over the sentences of a row's context. */
export interface SentenceAblation {
  /** In the order of the text; neighbours are joined where there are more than the limit. */
  readonly sentences: readonly AblatedSentence[];
  /** How many sentences the context has before any were joined. */
  readonly nSentences: number;
  /** Kendall's tau-b between fall and attention share; NaN for fewer than two sentences or when one side is all ties. */
  readonly tau: number;
}
