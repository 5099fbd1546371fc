/** An attention pattern at halved and halved again resolution, so that any zoom draws about as many cells as pixels. */
export interface PatternLevels {
  readonly nTokens: number;
  /** `levels[0]` is the pattern itself; a cell of level k is the largest of its 2^k x 2^k values. float32 `[size, size]`. */
  readonly levels: readonly { readonly size: number; readonly values: Float32Array }[];
}

/** No level is smaller than this: it is drawn in one go. */
const smallestSize = 64;

/** Builds the levels by maximum, so that a single strong cell is seen at every zoom. O(n^2), a third on top of the pattern. */
export function patternLevels(values: Float32Array, nTokens: number): PatternLevels {
  const levels = [{ size: nTokens, values }];
  let below = { size: nTokens, values };
  while (below.size > smallestSize) {
    const size = Math.ceil(below.size / 2);
    const halved = new Float32Array(size * size);
    for (let row = 0; row < size; row++) halveRow(below, halved, row, size);
    below = { size, values: halved };
    levels.push(below);
  }
  return { nTokens, levels };
}

function halveRow(
  below: { size: number; values: Float32Array },
  halved: Float32Array,
  row: number,
  size: number,
): void {
  const first = 2 * row * below.size;
  const second = 2 * row + 1 < below.size ? first + below.size : first;
  const { values } = below;
  // A query looks back only: cells right of the diagonal stay 0.
  for (let column = 0; column <= row; column++) {
    const left = 2 * column;
    const right = left + 1 < below.size ? left + 1 : left;
    const upper = Math.max(values[first + left] as number, values[first + right] as number);
    const lower = Math.max(values[second + left] as number, values[second + right] as number);
    halved[row * size + column] = Math.max(upper, lower);
  }
}

/** The coarsest level whose cells are not larger than a pixel; the pattern itself when its own cells are. */
export function levelFor({ levels }: PatternLevels, pixelsPerToken: number): number {
  const wanted = pixelsPerToken >= 1 ? 0 : Math.floor(Math.log2(1 / pixelsPerToken));
  return Math.min(levels.length - 1, wanted);
}
