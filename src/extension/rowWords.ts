import { env, l10n } from "vscode";
import type { RowVerdict } from "../core/datasetVerdicts.ts";
import type { RowMeasures } from "../core/rowMeasures.ts";
import type { Verdict } from "../core/verdict.ts";
import type { DatasetDocument } from "./datasetDocument.ts";
import { NumberWords } from "./numberWords.ts";

export const numbers = new NumberWords(env.language);

/** The verdict's name; the same word in every language and every door, as a term. */
export function verdictWord(verdict: Verdict): string {
  return verdict;
}

/** What a verdict says, in one clause. */
export function verdictMeaning(verdict: Verdict): string {
  switch (verdict) {
    case "redundant":
      return l10n.t("the model knows the answer without the context");
    case "teacher-forced":
      return l10n.t("the context decides only how the answer begins");
    case "context-critical":
      return l10n.t("the answer needs the context");
    case "unhelpful":
      return l10n.t("the context does not help, or misleads");
    case "no-context":
      return l10n.t("the row has no context");
  }
}

/** What a flag says: `redundant (p12): the model knows … Closed-book perplexity 1.43, …`. */
export function flagMessage(measures: RowMeasures, { verdict, percentile }: RowVerdict, modelName: string): string {
  const facts = {
    verdict: verdictWord(verdict),
    percentile: numbers.percentile(percentile ?? 0),
    meaning: verdictMeaning(verdict),
    perplexity: numbers.perplexity(measures.closedPerplexity ?? Number.NaN),
    gain: numbers.nats(measures.meanGain ?? Number.NaN),
    model: modelName,
  };
  // The flag and the verdict answer two questions; where they seem to contradict each other, the words say why.
  return verdict === "redundant"
    ? l10n.t(
        "{verdict} (p{percentile}): {meaning}. Closed-book perplexity {perplexity}, context gain {gain} nats per token, by {model}.",
        facts,
      )
    : l10n.t(
        "{verdict} (p{percentile}): likely without the context already, yet {meaning}. Closed-book perplexity {perplexity}, context gain {gain} nats per token, by {model}.",
        facts,
      );
}

/** How many rows are without a score, as the status shows it; empty when none is. */
export function unscoredWords(dataset: DatasetDocument): string {
  const nUnscored = dataset.scored?.judgement ? dataset.scored.counts().nUnscored : 0;
  if (nUnscored === 0) return "";
  return nUnscored === 1 ? l10n.t("1 row not scored") : l10n.t("{0} rows not scored", numbers.count(nUnscored));
}
