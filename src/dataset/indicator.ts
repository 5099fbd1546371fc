import { Buffer } from "node:buffer";
import type { Row, TextPart } from "../core/row.ts";
import { SourceMap } from "./sourceMap.ts";

/** Tells a model in training that the answer to this user turn depends on what the user said (Wang et al., 5.1.3 and B.4). */
export const INDICATOR = "[IND]";

/** Text that is put into the bytes of a record, in front of the byte at `byteOffset`. */
export interface Insertion {
  /** From the record's first byte. */
  readonly byteOffset: number;
  /** ASCII that stands in a JSON string as it is. */
  readonly text: string;
}

/**
 * Where the indicator goes into a record so that the user turn before each of these rows ends with it: behind the last
 * words of that turn that are no context. A space parts the two. A turn that two rows share, or that has the indicator
 * already, gets no second one; a row without user turn gets none. In the order of the record's bytes.
 */
export function indicatorInsertions(recordBytes: Uint8Array, rows: readonly Row[]): Insertion[] {
  // One character per byte: JSON's own characters and the shapes' keys are ASCII, so that places in this text are bytes,
  // in a file with bytes that are no UTF-8 too.
  const byteText = Buffer.from(recordBytes.buffer, recordBytes.byteOffset, recordBytes.byteLength).toString("latin1");
  const source = new SourceMap(byteText);
  const found = new Map<number, Insertion>();
  for (const row of rows) {
    const asked = userWords(row);
    if (asked?.origin === undefined || asked.text.trimEnd().endsWith(INDICATOR)) continue;
    const span = source.valueSpan(asked.origin.path);
    if (span === null || byteText[span.start] !== '"' || byteText[span.end - 1] !== '"') continue;
    const isApart = asked.text === "" || /\s$/.test(asked.text);
    const byteOffset = span.end - 1;
    found.set(byteOffset, { byteOffset, text: isApart ? INDICATOR : ` ${INDICATOR}` });
  }
  return [...found.values()].sort((a, b) => a.byteOffset - b.byteOffset);
}

/** The last words of the last user turn: its instruction, not a passage that follows it. */
function userWords(row: Row): TextPart | undefined {
  const message = row.prompt.findLast(({ role }) => role === "user");
  const written = message?.parts.filter(({ origin }) => origin !== undefined);
  return written?.findLast(({ kind }) => kind === "text") ?? written?.at(-1);
}
