import { formula as contextDependency } from "../../core/contextDependency.ts";
import { formula as contextGain } from "../../core/contextGain.ts";
import { dependencySpread } from "../../core/dependencySpread.ts";
import { formula as gainPosition } from "../../core/gainPosition.ts";
import { cherryFormula, superfilteringFormula } from "../../core/instructionFollowingDifficulty.ts";
import { formula as nonContextCritical } from "../../core/nonContextCritical.ts";
import { formula as perplexity } from "../../core/perplexity.ts";
import { formula as verdict } from "../../core/verdict.ts";
import type { Audit, AuditFile, DependencySettings } from "../../report/audit.ts";
import { rowRecords } from "../rowRecord.ts";

/** The whole audit as one JSON object: what it was made with, then each file with its counts and rows. */
export function* jsonReport(audit: Audit, withIfd: boolean): Generator<string> {
  const formulas = [perplexity, contextGain, nonContextCritical, gainPosition, verdict];
  if (audit.dependency) formulas.push(contextDependency);
  const head = {
    program: { name: "context-reliance", version: audit.programVersion },
    finishedAt: new Date(audit.finishedAtMs).toISOString(),
    model: audit.model,
    formulas: withIfd ? [...formulas, cherryFormula, superfilteringFormula] : formulas,
  };
  yield `${JSON.stringify(head).slice(0, -1)},"files":[`;
  for (const [i, file] of audit.files.entries()) {
    if (i > 0) yield ",";
    yield `\n${JSON.stringify(fileHead(file, audit.dependency)).slice(0, -1)},"rows":[`;
    let separator = "\n";
    for (const record of rowRecords(file, withIfd)) {
      yield `${separator}${JSON.stringify(record)}`;
      separator = ",\n";
    }
    yield "]}";
  }
  yield "]}\n";
}

function fileHead(file: AuditFile, dependency: DependencySettings | undefined): Record<string, unknown> {
  const { quantile, thresholds, nRowsWithContext, nFlagged, nRowsByVerdict, unscoredRowIdxs } = file.verdicts;
  return {
    file: file.name,
    isComplete: file.isComplete,
    quantile,
    thresholds,
    nRows: file.rows.length,
    nRowsWithContext,
    nFlagged,
    nNotScored: unscoredRowIdxs.length,
    nRowsByVerdict,
    ...(dependency ? { dependency: dependencyHead(file, dependency) } : {}),
    problems: file.problems,
  };
}

function dependencyHead(file: AuditFile, { layerIdx, threshold }: DependencySettings): Record<string, unknown> {
  const scores = file.rows.map((row) => row.dependency);
  return { layerIdx, threshold, ...dependencySpread(scores, threshold) };
}
