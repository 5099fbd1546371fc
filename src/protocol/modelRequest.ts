/** What every request that runs a model names. */
export interface ModelRequest {
  readonly modelFolder: string;
  /** Also run a model whose later tokens move earlier scores; without it such a model is refused. */
  readonly allowNonCausal?: boolean;
}
