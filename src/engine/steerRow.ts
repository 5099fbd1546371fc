import type { HeadPosition } from "../core/attentionLedger.ts";
import type { SteeredKeys } from "../core/attentionSteering.ts";
import type { GeneratedAnswer } from "./generateAnswer.ts";
import type { TemplateChoice } from "./inspectableModel.ts";

/** What steering is asked for. */
export interface SteeringOptions {
  /** In (0, 1]; 1 changes nothing. */
  readonly alpha: number;
  /** What gets more attention: all words of the user's turns (the context among them), or the context alone. */
  readonly span: "user" | "context";
  /** Every key outside the span, those of generated tokens too, or those of the prompt only. */
  readonly keys: SteeredKeys;
  /** Null for all heads of all layers. */
  readonly heads: readonly HeadPosition[] | null;
  readonly template: TemplateChoice;
  /** Length of the greedy answers; 0 for none. */
  readonly maxNewTokens: number;
  /** Answers whose log-probability is wanted too, e.g. the one the context gives and the one the model learned. */
  readonly answers: readonly string[];
}

/** The row under one strength of steering. */
export interface SteeredSide {
  /** log p of each target token open-book, and of the end-of-turn token where there is one; nats. */
  readonly logProbs: Float32Array;
  /** Null where no tokens were asked for. */
  readonly answer: GeneratedAnswer | null;
  /** For each asked answer the sum of its tokens' log-probabilities, nats. */
  readonly answerLogProbs: readonly number[];
}

/** A row without steering and with it. */
export interface SteeredRow {
  readonly alpha: number;
  /** How many prompt tokens got more attention. */
  readonly nEmphasised: number;
  readonly before: SteeredSide;
  readonly after: SteeredSide;
}
