import type { HeadPosition } from "../core/attentionLedger.ts";
import { type SteeredKeys, steeringBias } from "../core/attentionSteering.ts";
import { CodedError } from "../core/problem.ts";
import type { Row } from "../core/row.ts";
import { type Span, spanLength } from "../core/span.ts";
import { type GeneratedAnswer, generateAnswer } from "./generateAnswer.ts";
import type { InspectableModel, KeySteering, TemplateChoice } from "./inspectableModel.ts";
import type { SegmentedPrompt } from "./languageModel.ts";
import { checkCancelled, rowBooks } from "./rowBooks.ts";
import { UnsteeredRows } from "./unsteeredRows.ts";

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

/**
 * Scores and answers a row with and without attention steering, open-book. Without steering, and with alpha 1, nothing
 * is added to the model's graph, so that the two sides of alpha 1 are bit-identical.
 * @param unsteered what is known of rows without steering, taken from there and left there.
 * @throws CodedError `measure/alpha-out-of-range`, `measure/nothing-to-emphasise`, `measure/head-out-of-range`,
 * what keeps the row from being scored, `cancelled`.
 */
export async function steerRow(
  row: Row,
  model: InspectableModel,
  options: SteeringOptions,
  signal: AbortSignal,
  unsteered = new UnsteeredRows(),
): Promise<SteeredRow> {
  const { alpha, span, template } = options;
  const { prompt } = rowBooks(row, model, template).open;
  const nEmphasised = emphasised(prompt, span).reduce((sum, each) => sum + spanLength(each), 0);
  if (nEmphasised === 0) throw new CodedError("measure/nothing-to-emphasise", { reason: span });
  // Checked before anything runs.
  keySteering(prompt, options);
  const plain = sideRuns(row, model, { ...options, alpha: 1 }, signal);
  const known: SideRuns = {
    score: (scored) => unsteered.logProbs(model, { row: scored, template }, () => plain.score(scored)),
    answer: () => unsteered.answer(model, { ...options, row }, plain.answer),
  };
  const before = await rowSide(row, model, options, known);
  // Steered by 1 is not steered at all: nothing is added to the graph.
  const after = alpha === 1 ? before : await rowSide(row, model, options, sideRuns(row, model, options, signal));
  return { alpha, nEmphasised, before, after };
}

/** What is run for one side. */
interface SideRuns {
  /** log p of the target and of the end-of-turn token where there is one. */
  readonly score: (scored: Row) => Promise<Float32Array>;
  readonly answer: () => Promise<GeneratedAnswer>;
}

function sideRuns(row: Row, model: InspectableModel, options: SteeringOptions, signal: AbortSignal): SideRuns {
  const { template, maxNewTokens } = options;
  const steering = (prompt: SegmentedPrompt) => keySteering(prompt, options);
  return {
    score: async (scored) => {
      checkCancelled(signal);
      const { prompt, sequence } = rowBooks(scored, model, template).open;
      const [figures] = await model.tokenFigures([sequence], 0, steering(prompt));
      return figures?.logProbs ?? new Float32Array();
    },
    answer: () => generateAnswer(row, model, { template, book: "open", maxNewTokens, steering, signal }),
  };
}

async function rowSide(
  row: Row,
  model: InspectableModel,
  { template, maxNewTokens, answers }: SteeringOptions,
  { score, answer }: SideRuns,
): Promise<SteeredSide> {
  const logProbs = await score(row);
  const answerLogProbs: number[] = [];
  for (const text of answers) {
    const scored: Row = { ...row, target: { kind: "text", text } };
    const nTokens = spanLength(rowBooks(scored, model, template).open.prompt.target);
    const all = text === row.target.text ? logProbs : await score(scored);
    answerLogProbs.push(all.subarray(0, nTokens).reduce((sum, logProb) => sum + logProb, 0));
  }
  return { logProbs, answer: maxNewTokens === 0 ? null : await answer(), answerLogProbs };
}

/** The bias on the keys of a prompt with its answer. */
function keySteering(prompt: SegmentedPrompt, { alpha, span, keys, heads }: SteeringOptions): KeySteering {
  const bias = steeringBias(prompt.tokenIds.length, emphasised(prompt, span), alpha, keys, prompt.target.start);
  return { bias, generatedBias: keys === "prompt" ? 0 : Math.log(alpha), heads };
}

function emphasised(prompt: SegmentedPrompt, span: SteeringOptions["span"]): Span[] {
  const roles = span === "user" ? ["user", "context"] : ["context"];
  return prompt.segments.filter(({ role }) => roles.includes(role)).map(({ tokenSpan }) => tokenSpan);
}
