/** Steps of the fill that shows attention: a step is set only where it changes. */
const nSteps = 12;
/** Tokens out of sight are filled once the choice has rested. */
const restMs = 120;

/**
 * Fills each token by its share of the largest: what is in sight at once, so that scrubbing keeps up with the screen, the
 * rest a moment later. Returns what takes the rest back.
 */
export function paintAttention(
  list: HTMLElement,
  options: readonly HTMLElement[],
  shares: Float32Array | null,
): () => void {
  const largest = shares ? shares.reduce((most, share) => Math.max(most, share), 0) : 0;
  const fill = (start: number, end: number) => {
    for (let i = start; i < end; i++) {
      const option = options[i];
      const step = largest > 0 ? String(Math.round((nSteps * (shares?.[i] ?? 0)) / largest)) : "0";
      if (option && option.dataset.heat !== step) option.dataset.heat = step;
    }
  };
  const start = firstBelow(options, list.scrollTop - list.clientHeight / 4);
  const end = firstBelow(options, list.scrollTop + 1.25 * list.clientHeight);
  fill(start, end);
  const timer = setTimeout(() => {
    fill(0, start);
    fill(end, options.length);
  }, restMs);
  return () => clearTimeout(timer);
}

/** The first of the options, which stand in reading order, that is not above a line. */
function firstBelow(options: readonly HTMLElement[], top: number): number {
  let low = 0;
  let high = options.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((options[middle]?.offsetTop ?? 0) < top) low = middle + 1;
    else high = middle;
  }
  return low;
}
