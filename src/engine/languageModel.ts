import type { ModelIdentity } from "../core/modelIdentity.ts";
import type { SegmentRole } from "../core/role.ts";
import type { Book, Row, TextOrigin } from "../core/row.ts";
import type { Span } from "../core/span.ts";

/** A stretch of the rendered prompt with one role. */
export interface Segment {
  readonly role: SegmentRole;
  /** UTF-16 code units of `SegmentedPrompt.text`. */
  readonly span: Span;
  /** Tokens of `SegmentedPrompt.tokenIds`; a token that straddles a border belongs to the segment of its last character. */
  readonly tokenSpan: Span;
  /** Where the segment's text stands in the dataset record; absent for template text. */
  readonly origin?: TextOrigin;
}

/** A rendered prompt with its answer, token by token. */
export interface SegmentedPrompt {
  /** The whole rendered text: prompt, target, end of turn. */
  readonly text: string;
  /** int32 `[token]`. */
  readonly tokenIds: Int32Array;
  /** For each token its half-open range in `text`, UTF-16 code units; a byte-fragment token has the range of the character it is part of. int32 `[token, 2]`, flattened. */
  readonly tokenOffsets: Int32Array;
  /** Cover all of `text`, in order. */
  readonly segments: readonly Segment[];
  /** Target tokens y_1..y_n. */
  readonly target: Span;
  /** Index of the end-of-turn token after the target, or -1. */
  readonly endOfTurnIdx: number;
}

/** A sequence and the tokens of it whose log-probability is wanted. */
export interface TokenSequence {
  /** int32 `[token]`. */
  readonly tokenIds: Int32Array;
  /** Tokens to score; the first token of a sequence has no log-probability and must not be in it. */
  readonly scored: Span;
}

/** The language model as the engine sees it. */
export interface LanguageModel {
  readonly identity: ModelIdentity;
  /**
   * Renders a row through the chat template and finds its tokens.
   * @throws CodedError `model/template-not-aligned`, `model/template-failed`.
   */
  segment(row: Row, book: Book): SegmentedPrompt;
  /** The text of each token as the tokenizer writes it, for display. */
  tokenTexts(tokenIds: Int32Array): string[];
  /**
   * log p(token | tokens before it) of every scored token: one float32 `[scored token]` per sequence, nats, in order.
   * Runs as one batch; the caller chooses sequences of similar length.
   */
  logProbs(batch: readonly TokenSequence[]): Promise<Float32Array[]>;
  release(): Promise<void>;
}
