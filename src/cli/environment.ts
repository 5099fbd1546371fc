import type { Writable } from "node:stream";
import type { InspectableModel } from "../engine/inspectableModel.ts";
import type { ScoreStore } from "../engine/scoreStore.ts";
import type { ModelDescription } from "../model/modelDescription.ts";

/** How a model is opened. */
export interface ModelOpening {
  /** The weights for scoring are loaded with the first row that is scored. */
  readonly scoresLater?: boolean;
  /** Answers come faster, for a copy of the weights. */
  readonly answersMany?: boolean;
  /** Also a model whose later tokens move earlier scores. */
  readonly allowNonCausal?: boolean;
}

/** What the program runs in: its streams, its parts and its defaults. `main.ts` gives the real ones. */
export interface Environment {
  readonly version: string;
  readonly out: Writable;
  readonly err: Writable;
  /** Cells per line of the output. */
  readonly columns: number;
  /** Whether the output may be coloured. */
  readonly hasColour: boolean;
  /** Whether a line on stderr may be rewritten, as progress does. */
  readonly showsProgress: boolean;
  /** Aborted by Ctrl+C. */
  readonly signal: AbortSignal;
  readonly defaultModelFolder: string;
  readonly defaultCacheFile: string;
  readonly openModel: (folder: string, opening?: ModelOpening) => Promise<InspectableModel>;
  /** Reads what a model is without loading it. */
  readonly describeModel: (folder: string) => Promise<ModelDescription>;
  readonly openStore: (file: string) => ScoreStore;
}
