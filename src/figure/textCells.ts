/**
 * Widths of text in cells of a fixed-pitch font: what a terminal and a token strip need to line text up.
 * A grapheme takes two cells when it is East Asian wide or an emoji, none when it is only marks or controls.
 */
const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

/** Ranges with East Asian Width W or F (Unicode 16, UAX #11), joined where gaps hold nothing assigned. */
const wideRanges: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f2ff],
  [0x20000, 0x3fffd],
];
const emoji = /\p{Emoji_Presentation}|\ufe0f/u;
const noWidth = /^[\p{Mark}\p{Control}\p{Format}]+$/u;

/** Most tokens; cutting them into graphemes would cost more than all else that is done with them. */
const plain = /^[\x20-\x7e]*$/;

/** Cells that a text takes. */
export function textCells(text: string): number {
  if (plain.test(text)) return text.length;
  let nCells = 0;
  for (const { segment } of graphemes.segment(text)) nCells += graphemeCells(segment);
  return nCells;
}

/** The beginning of a text that fits into `maxCells`, with an ellipsis in the last cell when something is cut off. */
export function clipToCells(text: string, maxCells: number): string {
  if (text.length <= maxCells && plain.test(text)) return text;
  let nCells = 0;
  let fitting = "";
  for (const { segment } of graphemes.segment(text)) {
    nCells += graphemeCells(segment);
    if (nCells > maxCells) return `${fitting}…`;
    // An ellipsis must still fit after what is kept, should more follow.
    if (nCells < maxCells) fitting += segment;
  }
  return text;
}

function graphemeCells(grapheme: string): number {
  if (noWidth.test(grapheme)) return 0;
  const codePoint = grapheme.codePointAt(0) ?? 0;
  if (emoji.test(grapheme)) return 2;
  return wideRanges.some(([first, last]) => codePoint >= first && codePoint <= last) ? 2 : 1;
}
