import type { ConflictTemplate, ConflictWording } from "../engine/conflictPrompt.ts";

/** The arguments of `conflict` as they were given. */
export interface ConflictCommandOptions {
  /** In order of training, where they are checkpoints; the bundled model without any. */
  readonly model?: readonly string[];
  readonly allowNonCausal?: boolean;
  readonly template: ConflictTemplate;
  readonly wording: ConflictWording;
  /** True for `[IND]`. */
  readonly indicator?: true | string;
  readonly maxNewTokens: number;
  readonly group?: string;
  /** False for `--no-attention`. */
  readonly attention: boolean;
  readonly seed: number;
  readonly resamples: number;
  readonly json?: boolean;
  readonly out?: string;
}
