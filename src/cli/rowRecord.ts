import type { RowVerdict } from "../core/datasetVerdicts.ts";
import type { RowMeasures } from "../core/rowMeasures.ts";
import type { AuditFile, AuditRow } from "../report/audit.ts";

type Nulls<Fields> = { readonly [Key in keyof Fields]: Fields[Key] | null };

const noMeasures: Nulls<Omit<RowMeasures, "endOfTurn">> = {
  nTargetTokens: null,
  openPerplexity: null,
  closedPerplexity: null,
  meanGain: null,
  openingGain: null,
  t90: null,
  gainAfterT90: null,
  ifdCherry: null,
  ifdSuperfiltering: null,
};
const noVerdict: Nulls<RowVerdict> = { verdict: null, flagged: false, percentile: null, rank: null, stable: null };

/** The rows of a file as JSON values: the fields a script reads first, then the rest. Full precision; null where there is no number. */
export function* rowRecords(file: AuditFile, withIfd: boolean): Generator<Record<string, unknown>> {
  for (const [rowIdx, row] of file.rows.entries()) {
    yield rowRecord(file.name, row, file.verdicts.rows[rowIdx] ?? noVerdict, withIfd);
  }
}

function rowRecord(file: string, row: AuditRow, judged: Nulls<RowVerdict>, withIfd: boolean): Record<string, unknown> {
  const { ifdCherry, ifdSuperfiltering, meanGain, ...measures } = row.measures ?? noMeasures;
  return {
    row: row.line,
    shape: row.shape,
    verdict: judged.verdict,
    flagged: judged.flagged,
    nTargetTokens: measures.nTargetTokens,
    openPerplexity: measures.openPerplexity,
    closedPerplexity: measures.closedPerplexity,
    gain: meanGain,
    problems: row.problems.map(({ code, severity, sentence, column }) => ({ code, severity, column, sentence })),
    file,
    recordIdx: row.recordIdx,
    turn: row.turnIdx + 1,
    percentile: judged.percentile,
    rank: judged.rank,
    stable: judged.stable,
    openingGain: measures.openingGain,
    t90: measures.t90,
    gainAfterT90: measures.gainAfterT90,
    ...(withIfd ? { ifdCherry, ifdSuperfiltering } : {}),
    ...(row.dependency === undefined ? {} : { dependency: row.dependency }),
    question: row.question,
    answer: row.answer,
  };
}
