import type { TokenSequence } from "./languageModel.ts";

/** Padded tokens one batch may hold: larger batches win no speed on a CPU and make cancelling and progress coarse. */
export const maxBatchTokens = 1024;
/** Share of a batch that may be padding before a new batch is begun; padding is computed and thrown away. */
export const maxPaddingShare = 0.08;

/**
 * Groups sequences of similar length: indices into `sequences`, longest batch first so that the peak of memory comes
 * at the start. Every index appears once; a sequence longer than the budget is a batch of its own.
 */
export function batches(sequences: readonly TokenSequence[]): number[][] {
  const lengthOf = (idx: number) => sequences[idx]?.tokenIds.length ?? 0;
  const order = sequences.map((_, idx) => idx).sort((a, b) => lengthOf(b) - lengthOf(a) || a - b);
  const groups: number[][] = [];
  let group: number[] = [];
  let longest = 0;
  let nPadding = 0;
  for (const idx of order) {
    const padding = longest - lengthOf(idx);
    const nPadded = longest * (group.length + 1);
    if (group.length > 0 && (nPadded > maxBatchTokens || nPadding + padding > maxPaddingShare * nPadded)) {
      groups.push(group);
      group = [];
    }
    if (group.length === 0) {
      longest = lengthOf(idx);
      nPadding = 0;
    } else nPadding += padding;
    group.push(idx);
  }
  if (group.length > 0) groups.push(group);
  return groups;
}
