import { shareText } from "./numberText.ts";
import type { PatternLevels } from "./patternLevels.ts";
import { emptyFigure, type FigureFrame, figureRoot, label } from "./plot.ts";
import { type SvgNode, svg } from "./svgNode.ts";
import { clipToCells } from "./textCells.ts";
import { visibleTokenText } from "./tokenText.ts";

/** More cells a side than this are pooled: a drawing program has to open the file. */
export const mostMatrixCells = 512;
/** Cells of about one strength are one path, so that a matrix is a handful of elements. */
const nSteps = 20;
const nameCells = 14;

/**
 * The whole pattern as a drawing: who looks (down) at whom (across). Opacity is the square root of the share, so that weak
 * attention is seen too. A large pattern is drawn from the coarser level whose cells hold the largest of their values.
 */
export function patternMatrix(
  title: string,
  pattern: PatternLevels,
  tokens: readonly string[],
  frame: FigureFrame,
): SvgNode {
  const levelIdx = pattern.levels.findIndex(({ size }) => size <= mostMatrixCells);
  const level = pattern.levels[levelIdx];
  if (!level || level.size === 0) return emptyFigure(frame, title, "There is no attention to show.");
  const { size, values } = level;
  const tokensPerCell = 2 ** levelIdx;
  const isNamed = tokensPerCell === 1 && size <= 48;
  const left = isNamed ? 104 : 34;
  const top = 22;
  const cellPx = Math.min(22, (Math.min(frame.widthPx, 720) - left - 2) / size);
  const names = isNamed
    ? tokens.slice(0, size).map((token, i) =>
        label(left - 6, top + (i + 0.5) * cellPx + 4, clipToCells(visibleTokenText(token), nameCells), {
          "text-anchor": "end",
          class: "cr-token-text",
        }),
      )
    : [];
  const scale = tokensPerCell === 1 ? "one token" : `${tokensPerCell} tokens, the largest of their shares`;
  return figureRoot(frame, top + size * cellPx + 4, title, description(pattern, tokens), [
    label(0, 12, `each token (down) looks at the tokens before it (across); a cell is ${scale}`, { class: "cr-quiet" }),
    ...names,
    svg(
      "g",
      { transform: `translate(${left} ${top}) scale(${cellPx.toFixed(4)})`, "shape-rendering": "crispEdges" },
      ...stepPaths(values, size).flatMap((d, step) =>
        d === "" ? [] : [svg("path", { class: "cr-heat-cell", "fill-opacity": (step + 1) / nSteps, d })],
      ),
    ),
    svg("path", {
      class: "cr-heat-ground",
      d: `M${left - 0.5},${top}V${(top + size * cellPx).toFixed(1)}H${(left + size * cellPx).toFixed(1)}`,
    }),
  ]);
}

/** The cells of each strength as one path, a cell one unit wide, equal neighbours joined; those too weak to be seen are in none. */
function stepPaths(values: Float32Array, size: number): string[] {
  const paths: string[][] = Array.from({ length: nSteps }, () => []);
  const stepAt = (row: number, column: number) =>
    Math.min(nSteps, Math.round(Math.sqrt(values[row * size + column] as number) * nSteps));
  for (let row = 0; row < size; row++) {
    let start = 0;
    for (let column = 1; column <= row + 1; column++) {
      const step = stepAt(row, start);
      if (column <= row && stepAt(row, column) === step) continue;
      paths[step - 1]?.push(`M${start},${row}h${column - start}v1h${start - column}z`);
      start = column;
    }
  }
  return paths.map((cells) => cells.join(""));
}

function description({ levels, nTokens }: PatternLevels, tokens: readonly string[]): string {
  const values = levels[0]?.values;
  const last = nTokens - 1;
  let best = 0;
  for (let key = 1; key < nTokens; key++) {
    if ((values?.[last * nTokens + key] ?? 0) > (values?.[last * nTokens + best] ?? 0)) best = key;
  }
  const name = (tokenIdx: number) => visibleTokenText(tokens[tokenIdx] ?? "").slice(0, 40);
  const share = shareText(values?.[last * nTokens + best] ?? 0, 1);
  return `${nTokens} tokens. The last one, ${name(last)}, looks most at token ${best + 1}, ${name(best)}: ${share}.`;
}
