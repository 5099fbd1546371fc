/** What a model is, as far as its scores depend on it. Two models that agree in all hashes and in `computation` give equal scores. */
export interface ModelIdentity {
  /** Name shown to people: the folder's or repository's name. */
  readonly name: string;
  /** SHA-256 over the graph file, its external data and the tokenizer, hexadecimal. */
  readonly modelHash: string;
  /** SHA-256 of the chat template's text (or of the plain template's name), hexadecimal. */
  readonly templateHash: string;
  /**
   * What besides the files decides the numbers: the runtime's version and the form of the weights. With repacked weights
   * some 4-bit models compute in 8-bit integers, which moves a log-probability by up to 0.1 nats.
   */
  readonly computation: string;
  /**
   * How far a later token moved an earlier log-probability in a trial on this very model, nats; null for a causal model,
   * where none can. Differences of that size between scores mean nothing.
   */
  readonly leakNats: number | null;
  readonly dtype: string;
  readonly nLayers: number;
  readonly vocabSize: number;
  /** Longest sequence the model takes, in tokens. */
  readonly windowTokens: number;
}
