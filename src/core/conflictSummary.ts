import { type BootstrapOptions, type ClusteredValue, clusteredMean, type Estimate } from "./clusteredBootstrap.ts";

/** What an item asks for: an answer against memory, one from its passage, or one from memory alone. */
export type ConflictKind = "conflict" | "contextual" | "recall";

/** Which of the two answers a text holds; null for one that the item does not have. */
export interface HeldAnswers {
  readonly contextual: boolean | null;
  readonly parametric: boolean | null;
}

/** What was measured on one item; null for what it does not have. */
export interface ConflictMeasures {
  readonly kind: ConflictKind;
  /** What the bootstrap draws together; the question unless another group was named. */
  readonly cluster: string;
  /** Of the whole greedy output. */
  readonly open: HeldAnswers | null;
  readonly closed: HeldAnswers | null;
  /** Of the output's first sentence. */
  readonly openSentence: HeldAnswers | null;
  /** M_C of the whole answers and of their first tokens. */
  readonly contextPreference: number | null;
  readonly firstTokenContextPreference: number | null;
  /** Whether the closed-book probe prefers the remembered answer by summed log-probability. */
  readonly isProbed: boolean;
  /** Mean over layers and heads of the attention on the context at the last prompt token. */
  readonly contextMass: number | null;
}

/** The conflict figures of a set of items. The four counts add up to `nItems`. */
export interface ConflictFigures {
  readonly nItems: number;
  readonly nContextualOnly: number;
  readonly nParametricOnly: number;
  readonly nBoth: number;
  readonly nNeither: number;
  readonly counterfactualAccuracy: Estimate;
  readonly parametricAccuracy: Estimate;
  /** Share whose first sentence holds the contextual answer. */
  readonly containingScore: Estimate;
  readonly contextPreference: Estimate;
  readonly firstTokenContextPreference: Estimate;
  readonly contextMass: Estimate;
}

/** What a model did on a conflict file. */
export interface ConflictSummary {
  /** Items whose context and memory differ: all, those whose probe prefers the memory, those whose closed-book output holds it. */
  readonly conflict: {
    readonly all: ConflictFigures;
    readonly probed: ConflictFigures;
    readonly recalled: ConflictFigures;
  };
  /** Items whose passage gives the answer and contradicts nothing: open-book, and without the passage. */
  readonly contextual: {
    readonly nItems: number;
    readonly containingScore: Estimate;
    readonly wholeOutputScore: Estimate;
    readonly closedBookScore: Estimate;
    readonly contextMass: Estimate;
  };
  /** Share whose closed-book output holds the remembered answer: items without a passage, conflicts, and both together. */
  readonly recall: { readonly all: Estimate; readonly withoutContext: Estimate; readonly ofConflicts: Estimate };
}

/**
 * Counts and means of what was measured, each with its clustered interval. An item that lacks a number is left out of
 * that mean alone. Sources: Goyal et al., Context-Parametric Inversion, 2.2 and Eq. 14; Wang et al., arXiv 2411.02688, 5.1.3.
 */
export function conflictSummary(items: readonly ConflictMeasures[], options: BootstrapOptions = {}): ConflictSummary {
  const ofKind = (kind: ConflictKind) => items.filter((item) => item.kind === kind);
  const conflicts = ofKind("conflict");
  const contextual = ofKind("contextual");
  const mean = meanOf(options);
  const isRecalled = (item: ConflictMeasures) => shareOf(item.closed?.parametric);
  return {
    conflict: {
      all: conflictFigures(conflicts, options),
      probed: conflictFigures(
        conflicts.filter(({ isProbed }) => isProbed),
        options,
      ),
      recalled: conflictFigures(
        conflicts.filter(({ closed }) => closed?.parametric),
        options,
      ),
    },
    contextual: {
      nItems: contextual.length,
      containingScore: mean(contextual, ({ openSentence }) => shareOf(openSentence?.contextual)),
      wholeOutputScore: mean(contextual, ({ open }) => shareOf(open?.contextual)),
      closedBookScore: mean(contextual, ({ closed }) => shareOf(closed?.contextual)),
      contextMass: mean(contextual, ({ contextMass }) => contextMass),
    },
    recall: {
      // A passage that gives the answer may tell of something invented, which nobody can remember.
      all: mean([...ofKind("recall"), ...conflicts], isRecalled),
      withoutContext: mean(ofKind("recall"), isRecalled),
      ofConflicts: mean(conflicts, isRecalled),
    },
  };
}

function conflictFigures(items: readonly ConflictMeasures[], options: BootstrapOptions): ConflictFigures {
  const count = (contextual: boolean, parametric: boolean) =>
    items.filter(({ open }) => open?.contextual === contextual && open.parametric === parametric).length;
  const mean = meanOf(options);
  return {
    nItems: items.length,
    nContextualOnly: count(true, false),
    nParametricOnly: count(false, true),
    nBoth: count(true, true),
    nNeither: count(false, false),
    counterfactualAccuracy: mean(items, ({ open }) => shareOf(open?.contextual)),
    parametricAccuracy: mean(items, ({ open }) => shareOf(open?.parametric)),
    containingScore: mean(items, ({ openSentence }) => shareOf(openSentence?.contextual)),
    contextPreference: mean(items, ({ contextPreference }) => contextPreference),
    firstTokenContextPreference: mean(items, ({ firstTokenContextPreference }) => firstTokenContextPreference),
    contextMass: mean(items, ({ contextMass }) => contextMass),
  };
}

/** A yes as 1, a no as 0; null where nothing was measured. */
export function shareOf(holds: boolean | null | undefined): number | null {
  return holds === undefined || holds === null ? null : Number(holds);
}

type ItemNumber = (item: ConflictMeasures) => number | null;

function meanOf(options: BootstrapOptions): (items: readonly ConflictMeasures[], numberOf: ItemNumber) => Estimate {
  return (items, numberOf) =>
    clusteredMean(
      items.flatMap((item): ClusteredValue[] => {
        const value = numberOf(item);
        return value === null || Number.isNaN(value) ? [] : [{ cluster: item.cluster, value }];
      }),
      options,
    );
}
