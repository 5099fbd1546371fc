import { labelWidthPx } from "./plot.ts";
import { clipToCells, textCells } from "./textCells.ts";

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

/**
 * A text as lines of a figure's 12 px font, broken at spaces where there are any, inside a word where it is longer than
 * the line; the last line ends in an ellipsis when there is more.
 */
export function wrappedLines(text: string, widthPx: number, mostLines: number): string[] {
  const nCells = Math.max(3, Math.floor(widthPx / labelWidthPx("x") + 0.01));
  const lines: string[] = [];
  let rest = text;
  while (textCells(rest) > nCells && lines.length < mostLines - 1) {
    const fitting = fittingPart(rest, nCells);
    const space = fitting.lastIndexOf(" ");
    const end = rest[fitting.length] !== " " && space > fitting.length / 3 ? space + 1 : fitting.length;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
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
