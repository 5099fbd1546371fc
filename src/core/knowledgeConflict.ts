import { containsAnswer } from "./answerContainment.ts";
import type { Formula } from "./formula.ts";

export const formula: Formula = { name: "knowledge conflict", version: 1 };

/** What a model said where its context and its memory give different answers. */
export interface ConflictOutput {
  readonly output: string;
  /** Names of the answer that the context gives. */
  readonly contextualAnswers: readonly string[];
  /** Names of the answer that the model learned. */
  readonly parametricAnswers: readonly string[];
}

/** How often a model follows its context and how often its memory. The four counts add up to `nItems`. */
export interface ConflictAccuracy {
  readonly nItems: number;
  readonly nContextualOnly: number;
  readonly nParametricOnly: number;
  readonly nBoth: number;
  readonly nNeither: number;
  /** Share of the items whose output contains the contextual answer; NaN for no items. */
  readonly counterfactualAccuracy: number;
  /** Share of the items whose output contains the parametric answer; NaN for no items. */
  readonly parametricAccuracy: number;
}

/**
 * Counts which answers the outputs contain. An output that contains both counts in both accuracies and is shown apart.
 * Source: Goyal et al., Context-Parametric Inversion, 2.1 and 2.2.
 */
export function conflictAccuracy(outputs: readonly ConflictOutput[]): ConflictAccuracy {
  let nContextual = 0;
  let nParametric = 0;
  let nBoth = 0;
  for (const { output, contextualAnswers, parametricAnswers } of outputs) {
    const isContextual = containsAnswer(output, contextualAnswers);
    const isParametric = containsAnswer(output, parametricAnswers);
    if (isContextual) nContextual++;
    if (isParametric) nParametric++;
    if (isContextual && isParametric) nBoth++;
  }
  return {
    nItems: outputs.length,
    nContextualOnly: nContextual - nBoth,
    nParametricOnly: nParametric - nBoth,
    nBoth,
    nNeither: outputs.length - nContextual - nParametric + nBoth,
    counterfactualAccuracy: nContextual / outputs.length,
    parametricAccuracy: nParametric / outputs.length,
  };
}

/**
 * How much the model prefers the context's answer to its own, given the open-book prompt: 1 follows the context, 0 its
 * memory.
 *
 *     M_C = p(contextual) / (p(contextual) + p(parametric)),  p = exp(sum of the answer's logProbs)
 *         = 1 / (1 + exp(sumLogProb(parametric) - sumLogProb(contextual)))
 *
 * Nats in, summed over the whole answer, or of its first token for the first-token form. No unit, in [0, 1]; NaN when
 * both answers are impossible. Source: Goyal et al., Context-Parametric Inversion, Eq. 14.
 */
export function contextPreference(contextualLogProb: number, parametricLogProb: number): number {
  return 1 / (1 + Math.exp(parametricLogProb - contextualLogProb));
}
