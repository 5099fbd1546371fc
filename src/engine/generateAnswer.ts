import type { Row } from "../core/row.ts";
import type { GenerationStop, InspectableModel, KeySteering, TemplateChoice } from "./inspectableModel.ts";
import type { SegmentedPrompt } from "./languageModel.ts";

/** What the model says when it answers a row by itself, greedily. */
export interface GeneratedAnswer {
  /** What it was given: the prompt up to the answer. */
  readonly prompt: SegmentedPrompt;
  readonly tokenIds: Int32Array;
  /** As the vocabulary writes them, `[token]`. */
  readonly tokenTexts: readonly string[];
  /** log p of each token where it was chosen, nats. */
  readonly logProbs: Float32Array;
  /** The answer as text, special tokens left out. */
  readonly text: string;
  readonly stop: GenerationStop;
  /** Wall time of the whole generation, prompt included. */
  readonly durationMs: number;
}

/** How long an answer may become unless another length is asked for, in tokens. */
export const defaultNewTokens = 64;

/** What is to be answered, and how. */
export interface AnswerOptions {
  readonly template: TemplateChoice;
  readonly book: "open" | "closed";
  readonly maxNewTokens: number;
  /** Made from the prompt as it is given to the model. */
  readonly steering?: (prompt: SegmentedPrompt) => KeySteering;
  readonly signal: AbortSignal;
}

/**
 * Lets the model answer a row by itself, greedily; the row's own target is not shown to it.
 * @throws CodedError `row/too-long`, `cancelled`, those of `InspectableModel.generationPrompt`.
 */
export async function generateAnswer(
  row: Row,
  model: InspectableModel,
  { template, book, maxNewTokens, steering, signal }: AnswerOptions,
): Promise<GeneratedAnswer> {
  const startMs = performance.now();
  const prompt = model.generationPrompt(row, book, template);
  const { tokenIds, logProbs, stop } = await model.generate(prompt.tokenIds, {
    maxNewTokens,
    signal,
    ...(steering ? { steering: steering(prompt) } : {}),
  });
  return {
    prompt,
    tokenIds,
    tokenTexts: model.tokenTexts(tokenIds),
    logProbs,
    text: model.decode(tokenIds),
    stop,
    durationMs: performance.now() - startMs,
  };
}
