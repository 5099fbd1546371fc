/** How the context-dependency scores of a dataset's turns are spread. */
export interface DependencySpread {
  /** Turns that have a score. */
  readonly nTurns: number;
  /** Turns whose score is above the threshold; at it is not above it. */
  readonly nAbove: number;
  /** Least, lower quartile, median, upper quartile and greatest score, in [0, 1]; null for no turns. */
  readonly quartiles: readonly [number, number, number, number, number] | null;
}

/**
 * The number of turns above the threshold, and the quartiles of their scores by linear interpolation: at share p of n
 * scores in ascending order stands the value at position p*(n-1), counted from 0. Null and NaN are no scores.
 */
export function dependencySpread(scores: readonly (number | null | undefined)[], threshold: number): DependencySpread {
  const sorted = scores.filter((score) => typeof score === "number" && !Number.isNaN(score)) as number[];
  sorted.sort((a, b) => a - b);
  const at = (share: number): number => {
    const position = share * (sorted.length - 1);
    const low = sorted[Math.floor(position)] as number;
    const high = sorted[Math.ceil(position)] as number;
    return low + (high - low) * (position - Math.floor(position));
  };
  return {
    nTurns: sorted.length,
    nAbove: sorted.filter((score) => score > threshold).length,
    quartiles: sorted.length === 0 ? null : [at(0), at(0.25), at(0.5), at(0.75), at(1)],
  };
}
