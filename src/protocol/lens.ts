import type { RowVerdict } from "../core/datasetVerdicts.ts";
import type { Formula } from "../core/formula.ts";
import type { ModelIdentity } from "../core/modelIdentity.ts";
import type { MessageRole, SegmentRole } from "../core/role.ts";
import type { RowMeasures } from "../core/rowMeasures.ts";
import type { Span } from "../core/span.ts";
import type { VerdictRule } from "../core/verdict.ts";
import type { SteeringOptions } from "../engine/steerRow.ts";
import type { InspectionAnswers } from "./inspection.ts";

/** One prompt of the row, token by token. */
export interface LensBook {
  /** The words each token stands for in the prompt; tokens that share one character all show that character. */
  readonly texts: readonly string[];
  /** How the vocabulary spells each token, e.g. `ĠAustria`. */
  readonly spellings: readonly string[];
  readonly roles: readonly SegmentRole[];
  /** `2/3` for the second of three tokens that share the bytes of one character; empty for others. */
  readonly fragments: readonly string[];
  /** int32 `[token]`. */
  readonly tokenIds: Int32Array;
  /** Target tokens. */
  readonly target: Span;
  readonly endOfTurnIdx: number;
  /** nats, float32 `[target token]`. */
  readonly logProbs: Float32Array;
}

/** Where the row that is shown comes from. */
export type LensPlace =
  | { readonly kind: "dataset"; readonly fileName: string; readonly line: number; readonly turnIdx: number }
  | { readonly kind: "scratch"; readonly fileName: string | null };

/** The row's verdict in its dataset, and what decided it. */
export interface LensVerdict extends RowVerdict {
  readonly meaning: string;
  /** The rules in the order in which they were tried; the last one decided. */
  readonly rules: readonly VerdictRule[];
  readonly quantile: number;
}

/** A row as the lens shows it first: everything that its two passes give. */
export interface LensRow {
  /** Rises with each row that is shown; questions and answers carry it. */
  readonly rowId: number;
  readonly place: LensPlace;
  readonly model: ModelIdentity;
  readonly open: LensBook;
  /** Null when the row has no context. */
  readonly closed: LensBook | null;
  readonly measures: RowMeasures;
  /** Null until the whole dataset is judged, and for a row of no dataset. */
  readonly verdict: LensVerdict | null;
  /** Where two answers are known, the one that the context does not give; null elsewhere. */
  readonly otherAnswer: string | null;
  /** The model itself said the answer that is looked at. */
  readonly isAnswerGenerated: boolean;
  readonly formulas: readonly Formula[];
  readonly programVersion: string;
}

/** A message typed by a person; `context` is the stretch of its text that is the context passage. */
export interface ScratchMessage {
  readonly role: MessageRole;
  readonly text: string;
  readonly context: Span | null;
}

/** A prompt typed by a person. Without an answer the model's own greedy answer is looked at. */
export interface ScratchInput {
  readonly messages: readonly ScratchMessage[];
  readonly answer: string;
}

/** What is asked about steering: the options of the engine, on the open-book prompt with the model's own template. */
export type SteeringQuestion = Omit<SteeringOptions, "template">;

/** What is asked about the control set under the same steering. */
export type ControlQuestion = Omit<SteeringQuestion, "maxNewTokens" | "answers">;

/** What the lens can ask for about the row it shows; model, row, book and template are the host's to add. */
export type LensQuestion =
  | { readonly method: "row/figures" | "row/ledger" | "row/ablation" | "rows/dependency" }
  | { readonly method: "row/token-attention"; readonly tokenIdx: number }
  | { readonly method: "row/pattern"; readonly layerIdx: number; readonly heads: "mean" | "max" | number }
  | { readonly method: "row/decoding"; readonly targetIdx: number }
  | { readonly method: "row/decoded-answers"; readonly maxNewTokens: number }
  | ({ readonly method: "row/steer" } & SteeringQuestion)
  | ({ readonly method: "steering/control" } & ControlQuestion);

/** The answers, by method. Numbers that are not numbers (NaN) come as null. */
export type LensAnswers = InspectionAnswers;

/** What the lens shows and, kept by the editor, shows again after a reload. */
export type LensSource =
  | { readonly kind: "dataset"; readonly uri: string; readonly line: number; readonly character: number }
  | { readonly kind: "scratch"; readonly fileName: string | null; readonly input: ScratchInput };

/** Host to lens. */
export type LensNotice =
  | { readonly type: "setup"; readonly words: Readonly<Record<string, string>>; readonly locale: string }
  | { readonly type: "source"; readonly source: LensSource; readonly isFollowing: boolean }
  | { readonly type: "busy"; readonly sentence: string }
  /** What was asked for cannot be shown; `place` is where it stands, null where nothing stands. */
  | { readonly type: "problem"; readonly sentence: string; readonly place: LensPlace | null }
  | { readonly type: "row"; readonly row: LensRow }
  | { readonly type: "answer"; readonly requestId: number; readonly value: unknown }
  | { readonly type: "failure"; readonly requestId: number; readonly sentence: string };

export const savedFormats = ["svg", "png", "csv", "json", "html", "md"] as const;
export type SavedFormat = (typeof savedFormats)[number];

/** Characters or bytes of the largest file that the page may ask to be saved. */
export const maxSavedLength = 256 * 1024 * 1024;

export const lensCommands = ["scoreFile", "selectModel", "explainVerdict", "reveal"] as const;
export type LensCommand = (typeof lensCommands)[number];

/** Lens to host. */
export type LensMessage =
  | { readonly type: "ready" }
  | { readonly type: "follow"; readonly isFollowing: boolean }
  | { readonly type: "command"; readonly command: LensCommand }
  | { readonly type: "scratch"; readonly input: ScratchInput }
  | { readonly type: "ask"; readonly requestId: number; readonly rowId: number; readonly question: LensQuestion }
  | { readonly type: "cancel"; readonly requestId: number }
  | {
      readonly type: "save";
      /** File name without its ending: letters, digits, hyphens, dots between them. */
      readonly name: string;
      readonly format: SavedFormat;
      readonly content: string | Uint8Array;
    };
