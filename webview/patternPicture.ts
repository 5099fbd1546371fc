import { levelFor, type PatternLevels } from "../src/figure/patternLevels.ts";

/** Which part of a pattern is on the canvas: the token at its upper left corner, and how large a token is. */
export interface PatternView {
  readonly queryStart: number;
  readonly keyStart: number;
  readonly pixelsPerToken: number;
}

/** A picture of the visible cells, one pixel each, and where its first cell stands. */
export interface PatternPicture {
  readonly widthCells: number;
  readonly heightCells: number;
  /** RGBA, premultiplied by nothing. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  /** Place and size on the canvas, pixels. */
  readonly x: number;
  readonly y: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface Ink {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
}

/**
 * Paints the part of a pattern that a canvas shows, at the level whose cells are about a pixel: the work is bounded by
 * the canvas and not by the pattern. Opacity is the square root of the value, so that weak attention is seen too.
 */
export function patternPicture(
  pattern: PatternLevels,
  view: PatternView,
  canvasPx: { readonly width: number; readonly height: number },
  ink: Ink,
): PatternPicture {
  const levelIdx = levelFor(pattern, view.pixelsPerToken);
  const { size, values } = pattern.levels[levelIdx] as PatternLevels["levels"][number];
  const tokensPerCell = 2 ** levelIdx;
  const cellPx = view.pixelsPerToken * tokensPerCell;
  const firstKey = Math.max(0, Math.floor(view.keyStart / tokensPerCell));
  const firstQuery = Math.max(0, Math.floor(view.queryStart / tokensPerCell));
  const widthCells = Math.max(0, Math.min(size - firstKey, Math.ceil(canvasPx.width / cellPx) + 1));
  const heightCells = Math.max(0, Math.min(size - firstQuery, Math.ceil(canvasPx.height / cellPx) + 1));
  const pixels = new Uint8ClampedArray(widthCells * heightCells * 4);
  for (let row = 0; row < heightCells; row++) {
    const start = (firstQuery + row) * size + firstKey;
    for (let column = 0; column < widthCells; column++) {
      const at = (row * widthCells + column) * 4;
      pixels[at] = ink.red;
      pixels[at + 1] = ink.green;
      pixels[at + 2] = ink.blue;
      pixels[at + 3] = 255 * Math.sqrt(values[start + column] as number);
    }
  }
  return {
    widthCells,
    heightCells,
    pixels,
    x: (firstKey * tokensPerCell - view.keyStart) * view.pixelsPerToken,
    y: (firstQuery * tokensPerCell - view.queryStart) * view.pixelsPerToken,
    widthPx: widthCells * cellPx,
    heightPx: heightCells * cellPx,
  };
}

/** The view after zooming by a factor around a point of the canvas, kept on the pattern. */
export function zoomed(
  view: PatternView,
  factor: number,
  point: { readonly x: number; readonly y: number },
  nTokens: number,
  canvasPx: number,
): PatternView {
  const least = canvasPx / nTokens;
  const pixelsPerToken = Math.min(Math.max(40, least), Math.max(least, view.pixelsPerToken * factor));
  const key = view.keyStart + point.x / view.pixelsPerToken;
  const query = view.queryStart + point.y / view.pixelsPerToken;
  const moved = {
    pixelsPerToken,
    keyStart: key - point.x / pixelsPerToken,
    queryStart: query - point.y / pixelsPerToken,
  };
  return kept(moved, nTokens, canvasPx);
}

/** A view that shows nothing beyond the pattern's borders. */
export function kept(view: PatternView, nTokens: number, canvasPx: number): PatternView {
  const most = Math.max(0, nTokens - canvasPx / view.pixelsPerToken);
  const within = (start: number) => Math.min(most, Math.max(0, start));
  return { ...view, keyStart: within(view.keyStart), queryStart: within(view.queryStart) };
}
