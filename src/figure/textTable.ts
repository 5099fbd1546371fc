import { emptyFigure, type FigureFrame, figureRoot, labelWidthPx, line, readingLabel } from "./plot.ts";
import type { SvgNode } from "./svgNode.ts";
import { clipToCells } from "./textCells.ts";
import { textDirection } from "./textDirection.ts";
import { visibleTokenText } from "./tokenText.ts";
import { wrappedLines } from "./wrappedText.ts";

const linePx = 16;
const padPx = 6;
const widestGapPx = 18;
const narrowGapPx = 10;
/** Of a narrow figure. */
const narrowPx = 420;
/** Longer words may break. */
const wholeWordCells = 14;
const leastPx = 36;
const mostPx = 420;
const mostLines = 8;

/** Words and numbers that are read and not measured, as a picture: a table whose long cells go on below themselves. */
export function textTable(
  title: string,
  table: { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] },
  frame: FigureFrame,
): SvgNode {
  if (table.rows.length === 0) return emptyFigure(frame, title, "There is nothing to show.");
  // A column may have no name; a cell that holds no words says so.
  const names = table.columns.map((name) => (name === "" ? "" : visibleTokenText(name)));
  const rows = [names, ...table.rows.map((cells) => names.map((_, column) => visibleTokenText(cells[column] ?? "–")))];
  const gapPx = frame.widthPx < narrowPx ? narrowGapPx : widestGapPx;
  const widths = columnWidths(rows, frame.widthPx, gapPx);
  const nodes: SvgNode[] = [];
  let y = 0;
  for (const [rowIdx, cells] of rows.entries()) {
    const { nodes: drawn, heightPx } = drawnRow(cells, { widths, gapPx }, y, rowIdx === 0);
    y += heightPx;
    nodes.push(...drawn, line(0, y, frame.widthPx, y, "cr-table-line"));
  }
  return figureRoot(frame, y + 1, title, description(rows), nodes);
}

function drawnRow(
  cells: readonly string[],
  { widths, gapPx }: { readonly widths: readonly number[]; readonly gapPx: number },
  y: number,
  isHeading: boolean,
): { nodes: SvgNode[]; heightPx: number } {
  const nodes: SvgNode[] = [];
  let x = 0;
  let nLines = 1;
  for (const [column, cell] of cells.entries()) {
    const widthPx = widths[column] ?? leastPx;
    const lines = wrappedLines(cell, widthPx, mostLines);
    const style = isHeading ? { class: "cr-quiet" } : column === 0 ? { class: "cr-strong" } : {};
    const direction = textDirection([cell]);
    for (const [lineIdx, text] of lines.entries()) {
      nodes.push(readingLabel({ x, y: y + padPx + 11 + lineIdx * linePx, widthPx }, text, direction, style));
    }
    nLines = Math.max(nLines, lines.length);
    x += widthPx + gapPx;
  }
  return { nodes, heightPx: 2 * padPx + nLines * linePx - 2 };
}

/** As wide as their longest cell; where that is too much, the widest columns give way, to their longest word if that is enough. */
function columnWidths(rows: readonly (readonly string[])[], widthPx: number, gapPx: number): number[] {
  const nColumns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: nColumns }, (_, column) =>
    Math.min(mostPx, Math.max(leastPx, ...rows.map((cells) => labelWidthPx((cells[column] ?? "").slice(0, 200))))),
  );
  const roomPx = widthPx - gapPx * (nColumns - 1);
  const total = () => widths.reduce((sum, each) => sum + each, 0);
  const words = widths.map((_, column) =>
    Math.max(leastPx, ...rows.map((cells) => longestWordPx(cells[column] ?? ""))),
  );
  for (const least of [words, widths.map(() => leastPx)]) {
    for (let limit = mostPx; total() > roomPx && limit > leastPx; limit -= 4) {
      for (const [column, width] of widths.entries())
        widths[column] = Math.min(width, Math.max(limit, least[column] ?? leastPx));
    }
  }
  return widths;
}

function longestWordPx(text: string): number {
  const words = text.slice(0, 200).split(" ");
  return Math.max(...words.map((word) => labelWidthPx(clipToCells(word, wholeWordCells))));
}

function description([columns = [], ...rows]: readonly (readonly string[])[]): string {
  return rows
    .slice(0, 30)
    .map(
      (cells) => `${cells.map((cell, column) => `${columns[column] ?? ""} ${cell.slice(0, 200)}`.trim()).join(", ")}.`,
    )
    .join(" ");
}
