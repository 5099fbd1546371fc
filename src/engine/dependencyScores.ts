import type { Problem } from "../core/problem.ts";

/** How much a response depends on what the user said, in one layer. */
export interface LayerDependency {
  /** Counted from 0 among the layers with attention. */
  readonly layerIdx: number;
  /** The context-dependency score (Wang et al., Eq. 2), in [0, 1]; see `core/contextDependency.ts`. */
  readonly score: number;
  /** float32 `[target token]`: the largest user mass of any head at each target token; their mean is the score. */
  readonly tokenMasses: Float32Array;
}

/** The context-dependency scores of one assistant turn, or why it has none. */
export interface TurnDependency {
  /** Position of the row in the request. */
  readonly rowIdx: number;
  /** One entry per asked layer, ascending; empty when there is a problem. */
  readonly layers: readonly LayerDependency[];
  readonly problems: readonly Problem[];
}
