import { basename } from "node:path/posix";
import { datasetVerdicts } from "../core/datasetVerdicts.ts";
import { DEFAULT_QUANTILE } from "../core/nonContextCritical.ts";
import { messageText, type Row } from "../core/row.ts";
import type { RowReader } from "../dataset/datasetRows.ts";
import type { Audit, AuditFile, AuditProblem, AuditRow, CloseUp } from "../report/audit.ts";
import { closeUpRows } from "../report/closeUpRows.ts";
import type { DatasetDocument } from "./datasetDocument.ts";
import type { Inference } from "./inference.ts";
import { problemSentence } from "./problemSentence.ts";
import { readRecordRows, recogniseRows } from "./recordRows.ts";
import type { ScoredDocument } from "./scoredDocument.ts";
import type { LocatedProblem, RowState } from "./scoredRecord.ts";
import type { ReadRecord } from "./scoreRun.ts";
import { TimeSlice } from "./timeSlice.ts";

const maxExcerptLength = 160;

/** A row of the report and where its text is. */
interface PlacedRow {
  readonly audited: AuditRow;
  readonly slotIdx: number;
}

/** A scored document as the report takes it; texts are read from the document again, row by row. */
export async function datasetAudit(
  dataset: DatasetDocument,
  inference: Inference,
  programVersion: string,
): Promise<{ readonly audit: Audit; readonly closeUps: readonly CloseUp[] }> {
  const { scored, model } = dataset;
  if (!scored || !model) throw new Error("the document is not scored");
  const reader = await recogniseRows(
    () => scored.nSlots,
    (slotIdx) => dataset.slotText(slotIdx),
  );
  const placed = await placedRows(dataset, scored, reader);
  const rows = placed.map(({ audited }) => audited);
  const measures = rows.map((row) => row.measures);
  const file: AuditFile = {
    name: basename(dataset.document.uri.path),
    rows,
    verdicts: datasetVerdicts(measures, scored.judgement?.quantile ?? DEFAULT_QUANTILE),
    problems: dataset.layoutProblems.map(auditProblem),
    isComplete: scored.counts().nUnscored === 0,
  };
  const closeUps: CloseUp[] = [];
  for (const { rowIdx, reason } of closeUpRows(file)) {
    const { slotIdx, audited } = placed[rowIdx] ?? {};
    if (slotIdx === undefined) continue;
    const row = readRecordRows(dataset.slotText(slotIdx), reader).rows[audited?.turnIdx ?? 0];
    const tokens = row && (await targetTokens(row, inference));
    if (tokens) closeUps.push({ rowIdx, reason, tokens });
  }
  return { audit: { programVersion, finishedAtMs: Date.now(), model, files: [file] }, closeUps };
}

async function placedRows(dataset: DatasetDocument, scored: ScoredDocument, reader: RowReader): Promise<PlacedRow[]> {
  const placed: PlacedRow[] = [];
  const slice = new TimeSlice();
  let recordIdx = -1;
  for (let slotIdx = 0; slotIdx < scored.nSlots; slotIdx++) {
    await slice.pause();
    const slot = scored.slot(slotIdx);
    if (slot === "blank") continue;
    recordIdx++;
    const line = dataset.rangeInSlot(slotIdx, { start: 0, end: 0 }).start.line + 1;
    const read = readRecordRows(dataset.slotText(slotIdx), reader);
    for (const audited of recordRows(read, slot?.rows ?? [], { line, recordIdx })) placed.push({ audited, slotIdx });
  }
  return placed;
}

/** The rows of one record; a record that holds none is a row without numbers, so that nothing is dropped silently. */
function recordRows(
  read: ReadRecord,
  states: readonly RowState[],
  place: { line: number; recordIdx: number },
): AuditRow[] {
  const problems = read.problems.map(auditProblem);
  const bare = { ...place, turnIdx: 0, shape: null, question: "", answer: "", measures: null, problems };
  if (read.rows.length === 0) return [bare];
  return read.rows.map((row, turnIdx) => {
    const state = states[turnIdx];
    const own = state?.kind === "unscorable" ? [auditProblem({ problem: state.problem })] : [];
    return {
      ...bare,
      ...excerpts(row),
      turnIdx,
      shape: read.shapeName,
      measures: state?.kind === "scored" ? state.measures : null,
      problems: turnIdx === 0 ? [...problems, ...own] : own,
    };
  });
}

async function targetTokens(row: Row, inference: Inference): Promise<CloseUp["tokens"] | null> {
  const { open, closed } = await inference.inspectRow(row);
  if (!closed) return null;
  const { start, end } = open.prompt.target;
  return open.tokenTexts.slice(start, end).map((text, t) => ({
    text,
    openLogProb: open.logProbs[t] ?? Number.NaN,
    closedLogProb: closed.logProbs[t] ?? Number.NaN,
  }));
}

function auditProblem({ problem }: Pick<LocatedProblem, "problem">): AuditProblem {
  return { code: problem.code, severity: problem.severity, sentence: problemSentence(problem), column: null };
}

/** Beginnings of the last question and of the answer, each on one line. */
function excerpts(row: Row): { readonly question: string; readonly answer: string } {
  const asked = row.prompt.findLast(({ role }) => role === "user");
  return { question: excerpt(asked ? messageText(asked, "closed") : ""), answer: excerpt(row.target.text) };
}

function excerpt(text: string): string {
  const line = text.slice(0, 2000).replace(/\s+/g, " ").trim();
  return line.length > maxExcerptLength ? `${line.slice(0, maxExcerptLength)}…` : line;
}
