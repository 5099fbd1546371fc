import { type ConflictMeasures, type ConflictSummary, shareOf } from "../core/conflictSummary.ts";
import { type CheckpointValues, contextInversion, type Inversion } from "../core/contextInversion.ts";
import type { ConflictTemplate } from "../engine/conflictPrompt.ts";
import type { AskedItem } from "../engine/conflictRun.ts";
import type { LanguageModel } from "../engine/languageModel.ts";
import type { ConflictFile } from "./conflictFile.ts";
import type { ConflictCommandOptions } from "./conflictOptions.ts";

/** What one model did on a file; `asked` and `measures` have one entry per item of the file. */
export interface ModelConflicts {
  /** As it was named on the command line. */
  readonly folder: string;
  readonly identity: LanguageModel["identity"];
  readonly template: ConflictTemplate;
  readonly templateHash: string;
  readonly durationMs: number;
  readonly asked: readonly AskedItem[];
  readonly measures: readonly ConflictMeasures[];
  readonly summary: ConflictSummary;
}

/** Everything a run has found, in the order of the models. */
export interface ConflictReport {
  readonly programVersion: string;
  readonly finishedAtMs: number;
  readonly fileName: string;
  readonly file: ConflictFile;
  /** False where the run ended before its last model. */
  readonly isComplete: boolean;
  readonly options: Omit<ConflictCommandOptions, "indicator"> & { readonly indicator: string | null };
  readonly models: readonly ModelConflicts[];
}

/** Whether the models, as checkpoints in order, invert. */
export interface ConflictInversion {
  readonly all: Inversion;
  /** Over the items whose answer the first model remembers, by its probe; null where there are none. */
  readonly probedAtFirst: Inversion | null;
}

/** Null for fewer than three models, or a file without conflicts. */
export function inversionOf({ models, options }: ConflictReport): ConflictInversion | null {
  const curve = (kind: ConflictMeasures["kind"], isWanted: (item: ConflictMeasures) => boolean): CheckpointValues[] =>
    (models[0]?.measures ?? []).flatMap((first, itemIdx) => {
      if (first.kind !== kind || !isWanted(first)) return [];
      const values = models.map(({ measures }) => followsContext(measures[itemIdx]));
      return [{ cluster: first.cluster, values }];
    });
  const benchmark = curve("contextual", () => true);
  const resampling = { seed: options.seed };
  const all = contextInversion(
    curve("conflict", () => true),
    benchmark,
    resampling,
  );
  const probed = curve("conflict", ({ isProbed }) => isProbed);
  return all && { all, probedAtFirst: contextInversion(probed, benchmark, resampling) };
}

/** Of a conflict whether its output holds the context's answer, of a contextual question whether its first sentence does. */
function followsContext(item: ConflictMeasures | undefined): number | null {
  return shareOf(item?.kind === "conflict" ? item.open?.contextual : item?.openSentence?.contextual);
}

/** How many items a model could not be asked, and how many of its answers were cut. */
export function lossesOf({ asked }: ModelConflicts): {
  readonly nTooLong: number;
  readonly nNotAsked: number;
  readonly nCutOpen: number;
  readonly nCutClosed: number;
} {
  const isCut = (stop: string | undefined) => stop === "length" || stop === "window";
  return {
    nTooLong: asked.filter(({ problems }) => problems.some(({ code }) => code === "row/too-long")).length,
    nNotAsked: asked.filter(({ problems }) => problems.length > 0).length,
    nCutOpen: asked.filter(({ open }) => isCut(open?.stop)).length,
    nCutClosed: asked.filter(({ closed }) => isCut(closed?.stop)).length,
  };
}
