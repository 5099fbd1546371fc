import { clipToCells } from "../figure/textCells.ts";

/** Enough of a text to recognise a row by. */
const excerptCells = 160;
const mostCodeUnits = 2000;

/**
 * The beginning of a text on one line. It shares no memory with the text, so that keeping it for every row of a large
 * file does not keep the file.
 */
export function excerpt(text: string): string {
  return clipToCells(oneLine(text.slice(0, mostCodeUnits)), excerptCells);
}

/** Text that a terminal prints and does not obey: control and direction-changing characters become U+FFFD, white space one space. */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/\s+/g, " ")
    .replace(/[\p{Control}\p{Bidi_Control}]/gu, "\ufffd")
    .trim();
}
