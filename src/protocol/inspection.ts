import type { Row } from "../core/row.ts";
import type { ContextDecoding } from "../engine/contextDecoding.ts";
import type { DecodedAnswers } from "../engine/decodedAnswers.ts";
import type { TurnDependency } from "../engine/dependencyScores.ts";
import type { GeneratedAnswer } from "../engine/generateAnswer.ts";
import type { TemplateChoice } from "../engine/inspectableModel.ts";
import type { HeadSelection, RowPattern, TokenAttention } from "../engine/rowAttention.ts";
import type { RowFigures } from "../engine/rowFigures.ts";
import type { RowLedger } from "../engine/rowLedger.ts";
import type { SentenceAblation } from "../engine/sentenceAblation.ts";
import type { SteeringControl } from "../engine/steeringControl.ts";
import type { SteeredRow, SteeringOptions } from "../engine/steerRow.ts";
import type { ModelRequest } from "./modelRequest.ts";

/** What every look into a row names. */
export interface RowRequest extends ModelRequest {
  readonly row: Row;
}

/** Tokens, log-probabilities, ranks, entropies and the five best tokens, open and closed. The answer is a `RowFigures`. */
export interface FiguresRequest extends RowRequest {
  readonly template: TemplateChoice;
}

/** One layer's pattern on the open or closed prompt with its target. The answer is a `RowPattern`. */
export interface PatternRequest extends RowRequest {
  readonly template: TemplateChoice;
  readonly book: "open" | "closed";
  readonly layerIdx: number;
  readonly heads: HeadSelection;
}

/** Where one token of the open or closed prompt looks. The answer is a `TokenAttention`. */
export interface TokenAttentionRequest extends RowRequest {
  readonly template: TemplateChoice;
  readonly book: "open" | "closed";
  readonly tokenIdx: number;
}

/** Context-dependency scores of assistant turns. The answer is a `TurnDependency[]`, in the order of the rows. */
export interface DependencyRequest extends ModelRequest {
  readonly rows: readonly Row[];
  /** Layers counted from 0; null for the default one. */
  readonly layers: readonly number[] | null;
}

/** A row with and without steering. The answer is a `SteeredRow`. */
export interface SteerRequest extends RowRequest, SteeringOptions {}

/** The control set with and without steering. The answer is a `SteeringControl`. */
export interface ControlRequest extends ModelRequest, Omit<SteeringOptions, "maxNewTokens" | "answers"> {}

/** The model's own greedy answer. The answer is a `GeneratedAnswer`. */
export interface GenerateRequest extends RowRequest {
  readonly template: TemplateChoice;
  readonly book: "open" | "closed";
  readonly maxNewTokens: number;
}

/** Context-aware decoding at one target token. The answer is a `ContextDecoding`. */
export interface DecodingRequest extends RowRequest {
  readonly template: TemplateChoice;
  readonly targetIdx: number;
}

/** Whole answers under context-aware decoding. The answer is a `DecodedAnswers`. */
export interface DecodedAnswersRequest extends RowRequest {
  readonly template: TemplateChoice;
  readonly maxNewTokens: number;
}

/** The answers, by method. `row/ledger` and `row/ablation` take a plain `RowRequest`. */
export interface InspectionAnswers {
  readonly "row/figures": RowFigures;
  readonly "row/ledger": RowLedger;
  readonly "row/pattern": RowPattern;
  readonly "row/token-attention": TokenAttention;
  readonly "rows/dependency": readonly TurnDependency[];
  readonly "row/steer": SteeredRow;
  readonly "steering/control": SteeringControl;
  readonly "row/generate": GeneratedAnswer;
  readonly "row/decoding": ContextDecoding;
  readonly "row/decoded-answers": DecodedAnswers;
  readonly "row/ablation": SentenceAblation;
}

/** What each request carries, by method. */
export interface InspectionRequests {
  readonly "row/figures": FiguresRequest;
  readonly "row/ledger": RowRequest;
  readonly "row/pattern": PatternRequest;
  readonly "row/token-attention": TokenAttentionRequest;
  readonly "rows/dependency": DependencyRequest;
  readonly "row/steer": SteerRequest;
  readonly "steering/control": ControlRequest;
  readonly "row/generate": GenerateRequest;
  readonly "row/decoding": DecodingRequest;
  readonly "row/decoded-answers": DecodedAnswersRequest;
  readonly "row/ablation": RowRequest;
}

/** The names of the requests; all go from the door to the inference process and can be cancelled. */
export const inspectionMethods: readonly (keyof InspectionRequests)[] = [
  "row/figures",
  "row/ledger",
  "row/pattern",
  "row/token-attention",
  "rows/dependency",
  "row/steer",
  "steering/control",
  "row/generate",
  "row/decoding",
  "row/decoded-answers",
  "row/ablation",
];
