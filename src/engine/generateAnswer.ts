import type { GenerationStop } from "./inspectableModel.ts";
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
