import type { AttentionLedger, HeadPosition } from "../core/attentionLedger.ts";
import type { SegmentRole } from "../core/role.ts";

/** Ledger of one head (or the mean of all), raw and renormalised over user, assistant and first token. */
export interface LedgerShares {
  readonly raw: AttentionLedger;
  /** Sums to 1; NaN where none of the three gets attention. */
  readonly renormalised: Pick<AttentionLedger, "user" | "assistant" | "bos">;
  /** The same with the start token left out, to see what the attention sink hides; its `bos` is 0. */
  readonly withoutBos: Pick<AttentionLedger, "user" | "assistant" | "bos">;
  /** Mass on the context passage alone, part of `raw.user`. */
  readonly context: number;
}

/** Where the model looks when it begins its answer, and while it says it, under one rendering of the prompt. */
export interface PromptLedger {
  readonly nLayers: number;
  readonly nHeads: number;
  /** Columns of the arrays below. */
  readonly roles: readonly SegmentRole[];
  /** Token position of the last prompt token, which says the first answer token. */
  readonly queryIdx: number;
  /** float32 `[layer, head, role]`, flattened: attention mass at that position. */
  readonly masses: Float32Array;
  /** float32 `[layer, head]`: mass on the sequence's first token, whatever its role: the attention sink. */
  readonly sinkMasses: Float32Array;
  readonly representative: LedgerShares;
  /** Mean over all layers and heads. */
  readonly mean: LedgerShares;
  /**
   * float32 `[answer token, role]`, flattened, of the representative head: attention from the position that says each
   * answer token; the first entry is that of `queryIdx`.
   */
  readonly tokenMasses: Float32Array;
  /** The same, mean over all layers and heads. */
  readonly meanTokenMasses: Float32Array;
  /** Mean over layers and heads of the mass on the context span at `queryIdx` (Goyal et al., Fig. 3b). */
  readonly meanContextMass: number;
}

/** The attention ledger of a row with the model's chat template and without any. */
export interface RowLedger {
  /** The head with the largest user mass, chosen once, on the prompt without template. */
  readonly representativeHead: HeadPosition;
  /** Null for a base model, which has no template of its own. */
  readonly withTemplate: PromptLedger | null;
  readonly withoutTemplate: PromptLedger;
}
