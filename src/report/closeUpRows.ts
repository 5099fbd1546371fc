import type { Verdict } from "../core/verdict.ts";
import type { AuditFile } from "./audit.ts";

/** A row worth a closer look, and why. */
export interface PickedRow {
  readonly rowIdx: number;
  readonly reason: string;
}

interface Candidate {
  readonly rowIdx: number;
  readonly verdict: Verdict;
  readonly flagged: boolean;
  readonly gain: number;
  readonly closedPerplexity: number;
}

/**
 * The rows that show best what the numbers mean: for each verdict its clearest row, and a flagged row that gains all the
 * same where there is one. At most five, each row once.
 */
export function closeUpRows(file: AuditFile): PickedRow[] {
  const candidates = file.rows.flatMap((row, rowIdx): Candidate[] => {
    const judged = file.verdicts.rows[rowIdx];
    const { meanGain, closedPerplexity } = row.measures ?? {};
    if (!judged || meanGain == null || closedPerplexity == null) return [];
    return [{ rowIdx, verdict: judged.verdict, flagged: judged.flagged, gain: meanGain, closedPerplexity }];
  });
  const picked: PickedRow[] = [];
  const pick = (reason: string, isMeant: (row: Candidate) => boolean, rank: (row: Candidate) => number) => {
    const meant = candidates.filter((row) => isMeant(row) && !picked.some(({ rowIdx }) => rowIdx === row.rowIdx));
    const best = meant.reduce<Candidate | null>((top, row) => (top && rank(top) >= rank(row) ? top : row), null);
    if (best) picked.push({ rowIdx: best.rowIdx, reason });
  };
  pick(
    "The surest redundant row",
    (row) => row.verdict === "redundant",
    (row) => -row.closedPerplexity,
  );
  pick(
    "The largest context gain",
    (row) => row.verdict === "context-critical",
    (row) => row.gain,
  );
  pick(
    "The context decides only how it begins",
    (row) => row.verdict === "teacher-forced",
    (row) => row.gain,
  );
  pick(
    "The context harms most",
    (row) => row.verdict === "unhelpful",
    (row) => -row.gain,
  );
  pick(
    "Flagged, and yet it gains",
    (row) => row.flagged && row.verdict !== "redundant" && row.gain > 0,
    (row) => row.gain,
  );
  return picked;
}
