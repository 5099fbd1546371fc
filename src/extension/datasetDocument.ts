import { type Position, Range, type TextDocument, type TextDocumentContentChangeEvent } from "vscode";
import type { Span } from "../core/span.ts";
import { type ArrayElement, readArrayElements } from "./arrayElements.ts";
import type { ModelIdentity } from "./inference.ts";
import { ScoredDocument } from "./scoredDocument.ts";
import { type LocatedProblem, rowAtOffset, type ScoredRecord } from "./scoredRecord.ts";
import type { ScoreProgress } from "./scoreRun.ts";
import { TimeSlice } from "./timeSlice.ts";

/** One row of an open dataset. */
export interface DatasetRow {
  readonly slotIdx: number;
  readonly record: ScoredRecord;
  readonly rowIdx: number;
}

/** A run of scoring on a document. */
export interface ActiveRun {
  readonly abort: AbortController;
  /** Only looks up what is stored: no sign of it is shown, and a run that a user asks for ends it. */
  readonly isQuiet: boolean;
  /** Settles when the run is over. */
  readonly ended: Promise<void>;
  /** What it scores with; null until a choice of model that is under way has ended. */
  modelFolder: string | null;
  progress: ScoreProgress | null;
}

/** Whether a new run has to wait for nothing but the end of this one: what it would still bring is not wanted. */
export function givesWay(run: ActiveRun): boolean {
  return run.isQuiet || run.abort.signal.aborted;
}

/** An open dataset: the editor's text and what is known about its rows. Says nothing to the user by itself. */
export class DatasetDocument {
  readonly document: TextDocument;
  /** Null until something asked for scores: nothing is read when a file is opened. */
  scored: ScoredDocument | null = null;
  /** The model that gave the scores. */
  model: ModelIdentity | null = null;
  /** The shape that the scored records were read in. */
  shapeName: string | null = null;
  run: ActiveRun | null = null;
  /** Commas too many or too few between the elements of a JSON array; offsets of the document. */
  layoutProblems: readonly LocatedProblem[] = [];

  constructor(document: TextDocument) {
    this.document = document;
  }

  /** Follows the text from now on. A JSON array is indexed first, standing aside between elements. */
  async prepare(): Promise<ScoredDocument> {
    if (this.scored && (this.scored.spans !== null) === this.#isArray()) return this.scored;
    if (!this.#isArray()) {
      this.scored = new ScoredDocument(this.document.lineCount);
      return this.scored;
    }
    this.scored = new ScoredDocument(0, []);
    await this.reindex();
    return this.scored;
  }

  /** Finds the elements of a JSON array again; gives up when the text changes meanwhile, which asks for it anew. */
  async reindex(): Promise<boolean> {
    const { scored } = this;
    if (!scored?.spans) return false;
    const { version } = this.document;
    const elements: (ArrayElement & { readonly slot: ReturnType<ScoredDocument["known"]> })[] = [];
    const layoutProblems: LocatedProblem[] = [];
    for await (const element of readArrayElements(this.document.getText())) {
      if (this.document.version !== version || this.scored !== scored) return false;
      layoutProblems.push(...element.layoutProblems);
      if (element.text !== null) elements.push({ ...element, slot: scored.known(element.span, element.text) });
    }
    scored.reindex(elements.map(({ span, slot }) => ({ span, slot })));
    this.layoutProblems = layoutProblems;
    return true;
  }

  /** Takes edits over; says whether the document has to be indexed again. */
  applyChanges(contentChanges: readonly TextDocumentContentChangeEvent[]): boolean {
    if (!this.scored) return false;
    const changes = contentChanges.map(({ range, rangeOffset, rangeLength, text }) => ({
      startLine: range.start.line,
      endLine: range.end.line,
      offset: rangeOffset,
      length: rangeLength,
      text,
    }));
    if (this.scored.spans === null) {
      this.scored.applyLineChanges(changes, (line) => this.document.lineAt(line).text);
      return false;
    }
    this.scored.applyArrayChanges(changes);
    this.layoutProblems = [];
    return true;
  }

  /** Finds blank lines among what a run did not come to, so that they do not count as rows that are missing. */
  async markBlankLines(): Promise<void> {
    const slice = new TimeSlice();
    for (let line = 0; this.scored?.spans === null && line < this.scored.nSlots; line++) {
      await slice.pause();
      if (this.scored?.slot(line) === null && this.document.lineAt(line).isEmptyOrWhitespace)
        this.scored.recall(line, "");
    }
  }

  slotText(slotIdx: number): string {
    const span = this.scored?.spans?.[slotIdx];
    if (span) return this.document.getText(this.range(span));
    return slotIdx < this.document.lineCount ? this.document.lineAt(slotIdx).text : "";
  }

  /** The slot that a position belongs to, -1 for none. */
  slotAt(position: Position): number {
    if (!this.scored?.spans) return position.line;
    const offset = this.document.offsetAt(position);
    const slotIdx = this.scored.slotAtOffset(offset);
    const span = this.scored.spans[slotIdx];
    // The line on which an element begins belongs to it from its first column on.
    return span && this.document.positionAt(span.start).line <= position.line ? slotIdx : -1;
  }

  /** The row at a position; null where no row is known. */
  rowAt(position: Position): DatasetRow | null {
    const slotIdx = this.slotAt(position);
    const record = this.scored?.slot(slotIdx) ?? null;
    if (record === null || record === "blank" || record.rows.length === 0) return null;
    const offset = this.document.offsetAt(position) - this.#startOffset(slotIdx);
    return { slotIdx, record, rowIdx: rowAtOffset(record, offset) };
  }

  /** Where a span of a record's text stands in the document. */
  rangeInSlot(slotIdx: number, { start, end }: Span): Range {
    if (!this.scored?.spans) return new Range(slotIdx, start, slotIdx, end);
    const offset = this.#startOffset(slotIdx);
    return this.range({ start: offset + start, end: offset + end });
  }

  range({ start, end }: Span): Range {
    return new Range(this.document.positionAt(start), this.document.positionAt(end));
  }

  #startOffset(slotIdx: number): number {
    const span = this.scored?.spans?.[slotIdx];
    return span ? span.start : this.document.offsetAt(this.document.lineAt(slotIdx).range.start);
  }

  #isArray(): boolean {
    return isJsonArray(this.document);
  }
}

/** Says whether the first character that is not white space opens a JSON array; looks at the first lines only. */
export function isJsonArray(document: TextDocument): boolean {
  const nLines = Math.min(document.lineCount, 100);
  for (let line = 0; line < nLines; line++) {
    const { text, firstNonWhitespaceCharacterIndex } = document.lineAt(line);
    const first = text[firstNonWhitespaceCharacterIndex];
    if (first !== undefined) return first === "[";
  }
  return false;
}

/** Says whether a document may be a dataset: JSON Lines, or a JSON file that holds an array. */
export function isDataset(document: TextDocument): boolean {
  if (document.languageId === "jsonl" || /\.(jsonl|ndjson)$/i.test(document.uri.path)) return true;
  return document.languageId === "json" && /\.json$/i.test(document.uri.path) && isJsonArray(document);
}
