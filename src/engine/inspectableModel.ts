import type { HeadPosition } from "../core/attentionLedger.ts";
import type { Book, Row } from "../core/row.ts";
import type { LanguageModel, SegmentedPrompt, TokenSequence } from "./languageModel.ts";

/**
 * The template a prompt is rendered through: the model's own, the plain one that writes no role words, or the one in
 * which the answer goes on in the prompt's last line.
 */
export type TemplateChoice = "own" | "plain" | "completion";

/** What the model's distribution was at each scored token. All arrays have one entry per scored token, in order. */
export interface TokenFigures {
  /** log p(token | tokens before it), nats. */
  readonly logProbs: Float32Array;
  /** How many tokens were more probable; 0 is the model's first choice. */
  readonly ranks: Int32Array;
  /** Entropy of the distribution, nats. */
  readonly entropies: Float32Array;
  /** How many of the most probable tokens follow. */
  readonly topK: number;
  /** int32 `[scored token, topK]`, flattened, most probable first. */
  readonly topIds: Int32Array;
  /** float32 `[scored token, topK]`, flattened, nats. */
  readonly topLogProbs: Float32Array;
}

/** A change of attention: a bias on the scores of each key before the softmax, in some heads or in all. */
export interface KeySteering {
  /** float32 `[key]`, nats: log(alpha) outside the emphasised span, 0 inside; see `core/attentionSteering.ts`. */
  readonly bias: Float32Array;
  /** The bias of every key behind `bias`, i.e. of tokens that are generated. */
  readonly generatedBias: number;
  /** The heads to steer; null for all heads of all layers. */
  readonly heads: readonly HeadPosition[] | null;
}

/** Attention patterns summed inside the graph over groups of keys. */
export interface ReducedAttention {
  /** float32 `[layer, head, query, group]`, flattened, in [0, 1]. */
  readonly masses: Float32Array;
  /** The layers, counted from 0 among those with attention, ascending. */
  readonly layers: readonly number[];
  readonly nHeads: number;
  readonly nQueries: number;
  readonly nGroups: number;
}

/** Which attention is wanted of one sequence. */
export interface ReducedAttentionRequest {
  /** int32 `[token]`. */
  readonly tokenIds: Int32Array;
  /** Token positions whose attention is wanted. */
  readonly queries: readonly number[];
  /** float32 `[key, group]`, flattened: how much of the attention on each key counts for each group, mostly 0 or 1. */
  readonly groups: Float32Array;
  readonly nGroups: number;
  /** Layers wanted; the model runs no further than the last of them. Null for all. */
  readonly layers: readonly number[] | null;
}

/** The whole attention pattern of one layer. */
export interface LayerPattern {
  readonly nHeads: number;
  readonly nTokens: number;
  /** float32 `[head, query, key]`, flattened; rows sum to 1, nothing above the diagonal. */
  readonly values: Float32Array;
}

/** Why an answer ended: the model ended its turn, or the asked length or the model's window was reached. */
export type GenerationStop = "end-of-turn" | "length" | "window";

/** How an answer is generated. */
export interface GenerationOptions {
  /** At most so many tokens, the one that ends the turn not counted. */
  readonly maxNewTokens: number;
  readonly steering?: KeySteering;
  readonly signal: AbortSignal;
  /** Told of every token as it comes. */
  readonly onToken?: (tokenId: number) => void;
}

/** A greedy answer: at every step the most probable token. */
export interface GeneratedTokens {
  /** int32 `[token]`, without the token that ended the turn. */
  readonly tokenIds: Int32Array;
  /** log p of each token where it was chosen, nats. */
  readonly logProbs: Float32Array;
  readonly stop: GenerationStop;
}

/** A sequence that a model has read. Going on leaves it as it is, so that several answers can begin from one prompt. */
export interface ReadTokens {
  /** log p of every token of the vocabulary after the sequence, float32 `[vocabulary]`, nats. */
  readonly nextLogProbs: Float32Array;
  /** The sequence with these tokens behind it; where the model's graph has a cache, only they are run. */
  after(tokenIds: Int32Array): Promise<ReadTokens>;
}

/** A language model that also shows what it attends to, can be steered, and speaks. */
export interface InspectableModel extends LanguageModel {
  /** Layers whose attention can be read; fewer than the model's layers in hybrids, 0 where no attention is known. */
  readonly nAttentionLayers: number;
  /** False for a base model: its own template is the plain one. */
  readonly hasChatTemplate: boolean;
  /** Tokens that end an answer. */
  readonly stopIds: ReadonlySet<number>;
  segment(row: Row, book: Book, template?: TemplateChoice): SegmentedPrompt;
  /** The prompt as it stands before the answer, with an empty target at its end: what generation begins from. */
  generationPrompt(row: Row, book: "open" | "closed", template: TemplateChoice): SegmentedPrompt;
  /** The words of each token by itself: special tokens as the vocabulary writes them, part of a character as U+FFFD. */
  words(tokenIds: Int32Array): string[];
  /** The tokens as text, special tokens left out. */
  decode(tokenIds: Int32Array): string;
  /**
   * Figures of every scored token, one result per sequence, in order; runs as one batch. With `topK` 0 only `logProbs`
   * are filled. Steering applies to every sequence: then there may be only one.
   */
  tokenFigures(batch: readonly TokenSequence[], topK: number, steering?: KeySteering): Promise<TokenFigures[]>;
  /** log p of every token of the vocabulary at one place: after `tokenIds`. float32 `[vocabulary]`, nats. */
  nextLogProbs(tokenIds: Int32Array): Promise<Float32Array>;
  /** @throws CodedError `model/unsupported-graph` (`no-attention`, `layer`). */
  reducedAttention(request: ReducedAttentionRequest): Promise<ReducedAttention>;
  /** @throws CodedError as `reducedAttention`, and `measure/pattern-too-large`. */
  layerPattern(tokenIds: Int32Array, layerIdx: number): Promise<LayerPattern>;
  /** @throws CodedError `cancelled`, `row/too-long` where the prompt alone fills the window. */
  generate(promptIds: Int32Array, options: GenerationOptions): Promise<GeneratedTokens>;
  /**
   * Answers many prompts, one result per prompt, in order: the tokens of `generate`, prompts of similar length together.
   * @throws CodedError as `generate`.
   */
  generateMany(
    prompts: readonly Int32Array[],
    options: Pick<GenerationOptions, "maxNewTokens" | "signal">,
  ): Promise<GeneratedTokens[]>;
  /** Reads a prompt that is to be answered by a rule of the caller's. @throws CodedError `row/too-long`. */
  read(promptIds: Int32Array): Promise<ReadTokens>;
}
