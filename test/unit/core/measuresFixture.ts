import { type RowMeasures, rowMeasures } from "../../../src/core/rowMeasures.ts";

/** Measures of a row given by its gains and its closed-book log-probability per token. */
export function measuresOf(gains: readonly number[], closedLogProb = -16): RowMeasures {
  return rowMeasures({
    open: Float32Array.from(gains, (gain) => closedLogProb + gain),
    closed: new Float32Array(gains.length).fill(closedLogProb),
    answerOnly: null,
    endOfTurn: { open: Number.NaN, closed: Number.NaN },
  });
}

/** Measures of a row that has no context. */
export function measuresWithoutContext(...open: number[]): RowMeasures {
  return rowMeasures({
    open: Float32Array.from(open),
    closed: null,
    answerOnly: null,
    endOfTurn: { open: Number.NaN, closed: Number.NaN },
  });
}
