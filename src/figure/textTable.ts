import { emptyFigure, type FigureFrame, figureRoot, label, labelWidthPx, line } from "./plot.ts";
import type { SvgNode } from "./svgNode.ts";
import { clipToCells, textCells } from "./textCells.ts";
import { visibleTokenText } from "./tokenText.ts";

const linePx = 16;
const padPx = 6;
const gapPx = 18;
const leastPx = 36;
const mostPx = 420;
const mostLines = 8;
const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

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
  const widths = columnWidths(rows, frame.widthPx);
  const nodes: SvgNode[] = [];
  let y = 0;
  for (const [rowIdx, cells] of rows.entries()) {
    const { nodes: drawn, heightPx } = drawnRow(cells, widths, y, rowIdx === 0);
    y += heightPx;
    nodes.push(...drawn, line(0, y, frame.widthPx, y, "cr-table-line"));
  }
  return figureRoot(frame, y + 1, title, description(rows), nodes);
}

function drawnRow(
  cells: readonly string[],
  widths: readonly number[],
  y: number,
  isHeading: boolean,
): { nodes: SvgNode[]; heightPx: number } {
  const nodes: SvgNode[] = [];
  let x = 0;
  let nLines = 1;
  for (const [column, cell] of cells.entries()) {
    const widthPx = widths[column] ?? leastPx;
    const lines = wrappedLines(cell, widthPx);
    const style = isHeading ? { class: "cr-quiet" } : column === 0 ? { class: "cr-strong" } : {};
    for (const [lineIdx, text] of lines.entries()) nodes.push(label(x, y + padPx + 11 + lineIdx * linePx, text, style));
    nLines = Math.max(nLines, lines.length);
    x += widthPx + gapPx;
  }
  return { nodes, heightPx: 2 * padPx + nLines * linePx - 2 };
}

/** As wide as their longest cell; where that is too much, the widest columns give way. */
function columnWidths(rows: readonly (readonly string[])[], widthPx: number): number[] {
  const nColumns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: nColumns }, (_, column) =>
    Math.min(mostPx, Math.max(leastPx, ...rows.map((cells) => labelWidthPx((cells[column] ?? "").slice(0, 200))))),
  );
  const roomPx = widthPx - gapPx * (nColumns - 1);
  const total = () => widths.reduce((sum, each) => sum + each, 0);
  for (let limit = mostPx; total() > roomPx && limit > leastPx; limit -= 4) {
    for (const [column, width] of widths.entries()) widths[column] = Math.min(width, limit);
  }
  return widths;
}

/** Broken at spaces where there are any, inside a word where it is longer than the line. */
function wrappedLines(text: string, widthPx: number): string[] {
  const nCells = Math.max(3, Math.floor(widthPx / labelWidthPx("x") + 0.01));
  const lines: string[] = [];
  let rest = text;
  while (textCells(rest) > nCells && lines.length < mostLines - 1) {
    const fitting = fittingPart(rest, nCells);
    const space = fitting.lastIndexOf(" ");
    const end = space > fitting.length / 3 ? space + 1 : fitting.length;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end);
  }
  return [...lines, clipToCells(rest, nCells)];
}

function fittingPart(text: string, nCells: number): string {
  let fitting = "";
  // A grapheme takes at least a cell or joins the one before it: no more of the text is needed than this.
  for (const { segment } of graphemes.segment(text.slice(0, nCells * 16))) {
    if (textCells(fitting + segment) > nCells) break;
    fitting += segment;
  }
  return fitting === "" ? text.slice(0, 1) : fitting;
}

function description([columns = [], ...rows]: readonly (readonly string[])[]): string {
  return rows
    .slice(0, 30)
    .map(
      (cells) => `${cells.map((cell, column) => `${columns[column] ?? ""} ${cell.slice(0, 200)}`.trim()).join(", ")}.`,
    )
    .join(" ");
}
