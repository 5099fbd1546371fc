import { type DatasetVerdicts, datasetVerdicts, type RowVerdict } from "../core/datasetVerdicts.ts";
import type { RowMeasures } from "../core/rowMeasures.ts";
import type { Span } from "../core/span.ts";
import { RecordMemory } from "./recordMemory.ts";
import { hasUnscoredRow, recordHash, type ScoredRecord } from "./scoredRecord.ts";

/** What stands at one record position: a known record, a position without one (blank line), or text not yet read. */
export type Slot = ScoredRecord | "blank" | null;

/** One change of a text as an editor reports it, in the text before the change. */
export interface TextChange {
  readonly startLine: number;
  readonly endLine: number;
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/** How far a document is scored. */
export interface DocumentCounts {
  readonly nRows: number;
  readonly nScored: number;
  readonly nUnscorable: number;
  /** Rows that scoring could give numbers to; a record not read since it changed counts as one. */
  readonly nUnscored: number;
  readonly nBadRecords: number;
}

/** Lines touched by one edit that are read at once; more are left to the next run, so that no paste blocks the editor. */
const maxLinesReadPerChange = 1000;
/** Records remembered beyond twice those of the document. */
const spareRecords = 10_000;

/**
 * The scores of one open dataset, kept in step with its text. A record is known by its content: a changed one loses its
 * score at once, a moved one keeps it, an undone one gets it back.
 *
 * A file of lines has one slot per line. A JSON array has one slot per element, and `spans` says where each stands.
 */
export class ScoredDocument {
  readonly #memory: RecordMemory;
  #slots: Slot[];
  #spans: Span[] | null;
  /** Where the rows of each record stand in `judgement.rows`. */
  #firstRowIdxs = new Map<ScoredRecord, number>();
  #judgement: DatasetVerdicts | null = null;

  /** @param spans elements of a JSON array, UTF-16 offsets, rising; null for a file of lines. */
  constructor(nSlots: number, spans: readonly Span[] | null = null) {
    this.#memory = new RecordMemory(2 * nSlots + spareRecords);
    this.#slots = new Array<Slot>(nSlots).fill(null);
    this.#spans = spans ? [...spans] : null;
  }

  get nSlots(): number {
    return this.#slots.length;
  }

  /** Elements of a JSON array; null for a file of lines. */
  get spans(): readonly Span[] | null {
    return this.#spans;
  }

  /** The dataset's verdicts as last judged, null when it is not judged. */
  get judgement(): DatasetVerdicts | null {
    return this.#judgement;
  }

  slot(slotIdx: number): Slot {
    return this.#slots[slotIdx] ?? null;
  }

  /** The verdict of a record's row within the dataset; null when there is none (yet). */
  verdict(record: ScoredRecord, rowIdx: number): RowVerdict | null {
    const firstRowIdx = this.#firstRowIdxs.get(record);
    return firstRowIdx === undefined ? null : (this.#judgement?.rows[firstRowIdx + rowIdx] ?? null);
  }

  /** Index of the JSON array's element at an offset, or of the first one after it; -1 when there is none. */
  slotAtOffset(offset: number): number {
    const spans = this.#spans ?? [];
    let low = 0;
    let high = spans.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((spans[middle] as Span).end <= offset) low = middle + 1;
      else high = middle;
    }
    return low < spans.length ? low : -1;
  }

  /** What is known about a text, put into its slot; null when it was never seen and has to be parsed. */
  recall(slotIdx: number, text: string): Slot {
    const slot = this.#known(text);
    this.#slots[slotIdx] = slot;
    return slot;
  }

  /** Puts a record that was just parsed into its slot and remembers it. */
  place(slotIdx: number, record: ScoredRecord): void {
    this.#memory.keep(record);
    this.#slots[slotIdx] = record;
  }

  /** Takes edits of a file of lines over. `lineText` reads the text after all of them. O(changed lines). */
  applyLineChanges(changes: readonly TextChange[], lineText: (line: number) => string): void {
    const touched: { start: number; end: number }[] = [];
    for (const { startLine, endLine, text } of changes) {
      const nNewLines = nLineBreaks(text) + 1;
      const nOldLines = endLine - startLine + 1;
      this.#splice(startLine, nOldLines, nNewLines);
      for (const range of touched) {
        if (range.start < startLine) continue;
        range.start += nNewLines - nOldLines;
        range.end += nNewLines - nOldLines;
      }
      touched.push({ start: startLine, end: startLine + nNewLines });
    }
    let nRead = 0;
    for (const { start, end } of touched) {
      for (let line = start; line < end && nRead < maxLinesReadPerChange; line++, nRead++) {
        this.recall(line, lineText(line));
      }
    }
  }

  /** Takes edits of a JSON array over until it is indexed again: elements they touch lose their score, later ones move. */
  applyArrayChanges(changes: readonly TextChange[]): void {
    const spans = this.#spans;
    if (!spans) return;
    for (const { offset, length, text } of changes) {
      const delta = text.length - length;
      for (const [slotIdx, { start, end }] of spans.entries()) {
        if (end <= offset) continue;
        if (start >= offset + length) spans[slotIdx] = { start: start + delta, end: end + delta };
        else {
          spans[slotIdx] = { start: Math.min(start, offset), end: Math.max(offset + text.length, end + delta) };
          this.#slots[slotIdx] = null;
        }
      }
    }
  }

  /** What is known of an element of a JSON array that is indexed again: the one that stands there, else one of that text. */
  known(span: Span, text: string): Slot {
    const slotIdx = this.slotAtOffset(span.start);
    const standing = this.#spans?.[slotIdx];
    if (standing?.start === span.start && standing.end === span.end) return this.slot(slotIdx) ?? this.#known(text);
    return this.#known(text);
  }

  /** Replaces the index of a JSON array by its elements and what is `known` of them. */
  reindex(elements: readonly { readonly span: Span; readonly slot: Slot }[]): void {
    this.#spans = elements.map(({ span }) => span);
    this.#slots = elements.map(({ slot }) => slot);
  }

  /** Judges the scored rows; rows without a score count in nothing. */
  judge(quantile: number): DatasetVerdicts {
    const measures: (RowMeasures | null)[] = [];
    const firstRowIdxs = new Map<ScoredRecord, number>();
    for (const slot of this.#slots) {
      if (slot === null || slot === "blank") continue;
      // Records with equal text have equal numbers and therefore equal verdicts: any of their places will do.
      firstRowIdxs.set(slot, measures.length);
      for (const row of slot.rows) measures.push(row.kind === "scored" ? row.measures : null);
    }
    this.#firstRowIdxs = firstRowIdxs;
    this.#judgement = datasetVerdicts(measures, quantile);
    return this.#judgement;
  }

  /** Takes all verdicts back; the numbers stay. */
  clearVerdicts(): void {
    this.#firstRowIdxs = new Map();
    this.#judgement = null;
  }

  /** Forgets every number, for example because another model is to give them. */
  clear(): void {
    this.clearVerdicts();
    this.#memory.clear();
    this.#slots = this.#slots.map((slot) => (slot === "blank" ? "blank" : null));
  }

  counts(): DocumentCounts {
    const counts = { nRows: 0, nScored: 0, nUnscorable: 0, nUnscored: 0, nBadRecords: 0 };
    for (const slot of this.#slots) {
      if (slot === "blank") continue;
      if (slot === null) {
        counts.nRows++;
        counts.nUnscored++;
        continue;
      }
      if (slot.rows.length === 0) counts.nBadRecords++;
      counts.nRows += slot.rows.length;
      for (const row of slot.rows) {
        if (row.kind === "scored") counts.nScored++;
        else if (row.kind === "unscorable") counts.nUnscorable++;
        else counts.nUnscored++;
      }
    }
    return counts;
  }

  /** Says whether scoring the slot could still give numbers. */
  isOpen(slotIdx: number): boolean {
    const slot = this.slot(slotIdx);
    return slot === null || (slot !== "blank" && hasUnscoredRow(slot));
  }

  #known(text: string): Slot {
    return text.trim() === "" ? "blank" : this.#memory.recall(recordHash(text));
  }

  #splice(start: number, nOld: number, nNew: number): void {
    const common = Math.min(nOld, nNew);
    this.#slots.fill(null, start, start + common);
    if (nOld > common) this.#slots.splice(start + common, nOld - common);
    if (nNew === common) return;
    // Not `splice(...new Array(n))`: a large paste would be more arguments than a call may have.
    const tail = this.#slots.splice(start + common);
    for (let added = common; added < nNew; added++) this.#slots.push(null);
    for (const slot of tail) this.#slots.push(slot);
  }
}

function nLineBreaks(text: string): number {
  let nBreaks = 0;
  for (const _ of text.matchAll(/\r\n|\r|\n/g)) nBreaks++;
  return nBreaks;
}
