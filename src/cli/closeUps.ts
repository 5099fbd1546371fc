import type { Row } from "../core/row.ts";
import type { Shape } from "../dataset/shape.ts";
import { inspectRow } from "../engine/inspectRow.ts";
import type { LanguageModel } from "../engine/languageModel.ts";
import type { AuditFile, AuditRow, CloseUp } from "../report/audit.ts";
import { closeUpRows } from "../report/closeUpRows.ts";
import { fileRecords } from "./auditFile.ts";
import { promptTokenText } from "./promptTokenText.ts";

/**
 * The rows of a file that the report shows token by token. The file is read once more for them: keeping every row's text
 * until it is known which are shown would make memory grow with the file.
 */
export async function closeUps(file: AuditFile, model: LanguageModel, shape: Shape | undefined): Promise<CloseUp[]> {
  const picked = closeUpRows(file);
  if (picked.length === 0) return [];
  const wanted = new Map(picked.map(({ rowIdx }) => [rowKey(file.rows[rowIdx]), rowIdx]));
  const rows = new Map<number, Row>();
  for await (const record of fileRecords(file.name, shape)) {
    for (const datasetRow of record.rows) {
      const rowIdx = wanted.get(rowKey(datasetRow));
      if (rowIdx !== undefined) rows.set(rowIdx, datasetRow.row);
    }
    if (rows.size === wanted.size) break;
  }
  const found: CloseUp[] = [];
  for (const { rowIdx, reason } of picked) {
    const row = rows.get(rowIdx);
    const tokens = row && (await targetTokens(row, model));
    if (tokens) found.push({ rowIdx, reason, tokens });
  }
  return found;
}

async function targetTokens(row: Row, model: LanguageModel): Promise<CloseUp["tokens"] | null> {
  const { open, closed } = await inspectRow(row, model);
  if (!closed) return null;
  const { start, end } = open.prompt.target;
  return Array.from({ length: end - start }, (_, t) => ({
    text: promptTokenText(open.prompt, start + t),
    openLogProb: open.logProbs[t] ?? Number.NaN,
    closedLogProb: closed.logProbs[t] ?? Number.NaN,
  }));
}

function rowKey(row: Pick<AuditRow, "recordIdx" | "turnIdx"> | undefined): string {
  return `${row?.recordIdx}/${row?.turnIdx}`;
}
