import type { Row } from "../../../src/core/row.ts";
import type { RowLogProbs } from "../../../src/core/rowLogProbs.ts";
import { rowMeasures } from "../../../src/core/rowMeasures.ts";
import type { ScoredRow } from "../../../src/engine/scoredRow.ts";
import type { ScoredDocument, TextChange } from "../../../src/extension/scoredDocument.ts";
import { recordHash, type ScoredRecord } from "../../../src/extension/scoredRecord.ts";
import type { ReadRecord } from "../../../src/extension/scoreRun.ts";

/** Log-probabilities of a three-token target whose closed-book perplexity is exp(loss). */
export function logProbs(loss: number, gain = 0): RowLogProbs {
  return {
    open: Float32Array.of(gain - loss, gain - loss, gain - loss),
    closed: Float32Array.of(-loss, -loss, -loss),
    answerOnly: null,
    endOfTurn: { open: -0.1, closed: -0.1 },
  };
}

/** A record with one scored row. */
export function scoredRecord(text: string, loss: number): ScoredRecord {
  return {
    hash: recordHash(text),
    rows: [{ kind: "scored", measures: rowMeasures(logProbs(loss)), scoredAtMs: 1 }],
    places: [{ head: { start: 1, end: 4 }, end: text.length }],
    problems: [],
  };
}

/** Reads the test's own notation: `loss` for one row, `loss,loss` for two, `!` for a record that cannot be read. */
export function readRecord(text: string): ReadRecord {
  if (text === "!") {
    const problem = { code: "dataset/invalid-json", severity: "error", data: {} } as const;
    return { rows: [], places: [], shapeName: null, problems: [{ problem, span: { start: 0, end: 1 } }] };
  }
  const rows = text.split(",").map((loss): Row => ({ prompt: [], target: { kind: "text", text: loss } }));
  const places = rows.map((_, rowIdx) => ({ head: { start: 0, end: 1 }, end: 2 * rowIdx + 1 }));
  return { rows, places, shapeName: "test", problems: [] };
}

/** Scores a row of the test's notation. */
export function scoredRow(row: Row, rowIdx: number): ScoredRow {
  const base = { rowIdx, key: "", scoredAtMs: 5, fromCache: false };
  if (row.target.text === "long") {
    return { ...base, logProbs: null, problems: [{ code: "row/too-long", severity: "error", data: {} }] };
  }
  return { ...base, logProbs: logProbs(Number(row.target.text)), problems: [] };
}

/** A text and the document that follows it, edited as an editor would. */
export class EditedLines {
  lines: string[];
  readonly document: ScoredDocument;

  constructor(text: string, document: ScoredDocument) {
    this.lines = text.split("\n");
    this.document = document;
  }

  /** Replaces a stretch of the text given by 0-based lines and characters. */
  edit(start: [number, number], end: [number, number], text: string): void {
    this.edits([{ start, end, text }]);
  }

  /** Several stretches at once, last one first, as VS Code reports them. */
  edits(changes: readonly { start: [number, number]; end: [number, number]; text: string }[]): void {
    const reported: TextChange[] = [];
    for (const { start, end, text } of changes) {
      const head = (this.lines[start[0]] ?? "").slice(0, start[1]);
      const tail = (this.lines[end[0]] ?? "").slice(end[1]);
      this.lines.splice(start[0], end[0] - start[0] + 1, ...(head + text + tail).split("\n"));
      reported.push({ startLine: start[0], endLine: end[0], offset: 0, length: 0, text });
    }
    this.document.applyLineChanges(reported, (line) => this.lines[line] ?? "");
  }
}
