import { formula as ledgerFormula } from "../core/attentionLedger.ts";
import { formula as steeringFormula } from "../core/attentionSteering.ts";
import { formula as decodingFormula } from "../core/contextAwareDecoding.ts";
import { formula as dependencyFormula } from "../core/contextDependency.ts";
import { formula as gainFormula } from "../core/contextGain.ts";
import type { RowVerdict } from "../core/datasetVerdicts.ts";
import type { Formula } from "../core/formula.ts";
import { formula as positionFormula } from "../core/gainPosition.ts";
import { formula as tauFormula } from "../core/kendallTau.ts";
import { formula as preferenceFormula } from "../core/knowledgeConflict.ts";
import { formula as flagFormula } from "../core/nonContextCritical.ts";
import { formula as perplexityFormula } from "../core/perplexity.ts";
import type { SegmentRole } from "../core/role.ts";
import { type RowMeasures, rowMeasures } from "../core/rowMeasures.ts";
import { spanLength } from "../core/span.ts";
import { type VerdictThresholds, formula as verdictFormula, verdictRules } from "../core/verdict.ts";
import type { InferenceAnswers } from "../protocol/inference.ts";
import type { LensBook, LensVerdict } from "../protocol/lens.ts";

type Inspection = InferenceAnswers["row/inspect"];
type InspectedBook = Inspection["open"];

/** The formulas behind what the lens shows. */
export const lensFormulas: readonly Formula[] = [
  perplexityFormula,
  gainFormula,
  positionFormula,
  flagFormula,
  verdictFormula,
  ledgerFormula,
  dependencyFormula,
  steeringFormula,
  preferenceFormula,
  decodingFormula,
  tauFormula,
];

/** A book as the page takes it: one text, spelling and role per token, and the target's log-probabilities. */
export function lensBook({ prompt, tokenTexts, logProbs }: InspectedBook): LensBook {
  const nTokens = prompt.tokenIds.length;
  const roles = new Array<SegmentRole>(nTokens).fill("template");
  for (const { role, tokenSpan } of prompt.segments) roles.fill(role, tokenSpan.start, tokenSpan.end);
  const offsetOf = (tokenIdx: number, side: 0 | 1) => prompt.tokenOffsets[2 * tokenIdx + side] ?? 0;
  return {
    texts: Array.from({ length: nTokens }, (_, i) => prompt.text.slice(offsetOf(i, 0), offsetOf(i, 1))),
    spellings: tokenTexts,
    roles,
    fragments: fragmentWords(prompt.tokenOffsets),
    tokenIds: prompt.tokenIds,
    target: prompt.target,
    endOfTurnIdx: prompt.endOfTurnIdx,
    logProbs: logProbs.slice(0, spanLength(prompt.target)),
  };
}

/** `2/3` for the second of three tokens that have the range of one character, empty for a token with its own. */
function fragmentWords(tokenOffsets: Int32Array): string[] {
  const nTokens = tokenOffsets.length / 2;
  const words = new Array<string>(nTokens).fill("");
  const isSame = (a: number, b: number) =>
    tokenOffsets[2 * a] === tokenOffsets[2 * b] && tokenOffsets[2 * a + 1] === tokenOffsets[2 * b + 1];
  for (let first = 0; first < nTokens; ) {
    let end = first + 1;
    while (end < nTokens && isSame(first, end)) end++;
    const isEmpty = tokenOffsets[2 * first] === tokenOffsets[2 * first + 1];
    for (let i = first; !isEmpty && end - first > 1 && i < end; i++) words[i] = `${i - first + 1}/${end - first}`;
    first = end;
  }
  return words;
}

/** The row's measures, by the formulas of every other door. */
export function inspectionMeasures({ open, closed }: Inspection): RowMeasures {
  const target = (book: InspectedBook) => book.logProbs.subarray(0, spanLength(book.prompt.target));
  const endOfTurn = (book: InspectedBook | null) => book?.logProbs[spanLength(book.prompt.target)] ?? Number.NaN;
  return rowMeasures({
    open: target(open),
    closed: closed && target(closed),
    answerOnly: null,
    endOfTurn: { open: endOfTurn(open), closed: endOfTurn(closed) },
  });
}

/** The verdict with the numbers that decided it. */
export function lensVerdict(
  verdict: RowVerdict,
  measures: RowMeasures,
  { thresholds, quantile }: { readonly thresholds: VerdictThresholds; readonly quantile: number },
  meaning: string,
): LensVerdict {
  return { ...verdict, meaning, quantile, rules: verdictRules(measures, thresholds) };
}
