import { setImmediate } from "node:timers/promises";
import { kendallTau } from "../core/kendallTau.ts";
import { CodedError } from "../core/problem.ts";
import type { Row } from "../core/row.ts";
import { joinNeighbours } from "../core/sentenceSpans.ts";
import type { Span } from "../core/span.ts";
import { batches } from "./batches.ts";
import { type ContextSentence, contextSentences, withoutSentences } from "./contextSentences.ts";
import type { InspectableModel } from "./inspectableModel.ts";
import type { SegmentedPrompt, TokenSequence } from "./languageModel.ts";
import { checkCancelled, type RowBook, rowBooks } from "./rowBooks.ts";

/** Each sentence costs a run of the model; more are joined with their neighbours. */
export const maxAblatedSentences = 64;

/** One sentence of the context: how much the answer loses without it, and how much attention it gets. */
export interface AblatedSentence {
  readonly text: string;
  /** Token positions in the open-book prompt. */
  readonly tokenSpan: Span;
  /** Fall of the target's mean log-probability without the sentence, nats per token; negative where it rises; null where the target reads as other tokens then. */
  readonly logProbFall: number | null;
  /** Attention mass on the sentence, mean over layers, heads and the positions that say the target. */
  readonly attentionShare: number;
}

/** Attention against ablation over the sentences of a row's context. */
export interface SentenceAblation {
  /** In the order of the text; neighbours are joined where there are more than the limit. */
  readonly sentences: readonly AblatedSentence[];
  /** How many sentences the context has before any were joined. */
  readonly nSentences: number;
  /** Kendall's tau-b between fall and attention share; NaN for fewer than two sentences or when one side is all ties. */
  readonly tau: number;
}

/**
 * Removes each sentence of a row's context in turn and measures what the target's log-probability loses, next to how much
 * attention the sentence gets while the target is said.
 *
 *     fall[s] = (1/n) * sum_t log p(y_t | whole context) - log p(y_t | context without s)        nats per token
 *     share[s] = mean over layers, heads and answer positions of the attention mass on s
 *
 * @throws CodedError `row/no-context`, what keeps the row from being scored, `cancelled`.
 */
export async function sentenceAblation(
  row: Row,
  model: InspectableModel,
  signal: AbortSignal,
): Promise<SentenceAblation> {
  const { open } = rowBooks(row, model, "own");
  const all = contextSentences(row, open.prompt);
  if (all.length === 0) throw new CodedError("row/no-context");
  const groups = joinNeighbours(all, maxAblatedSentences);
  const spans = groups.map((group) => tokenSpanOf(open.prompt, group));
  const shares = await attentionShares(open, model, spans);
  const falls = await logProbFalls(row, open, model, groups, signal);
  const sentences = groups.map(
    (group, idx): AblatedSentence => ({
      text: group.map(({ text }) => text).join(""),
      tokenSpan: spans[idx] ?? { start: 0, end: 0 },
      logProbFall: falls[idx] ?? null,
      attentionShare: shares[idx] ?? 0,
    }),
  );
  const measured = sentences.flatMap(({ logProbFall, attentionShare }) =>
    logProbFall === null ? [] : [{ logProbFall, attentionShare }],
  );
  const tau = kendallTau(
    measured.map(({ logProbFall }) => logProbFall),
    measured.map(({ attentionShare }) => attentionShare),
  );
  return { sentences, nSentences: all.length, tau };
}

/** The tokens whose last character is in the sentences. */
function tokenSpanOf({ tokenOffsets, tokenIds }: SegmentedPrompt, group: readonly ContextSentence[]): Span {
  const start = group[0]?.promptSpan.start ?? 0;
  const end = group.at(-1)?.promptSpan.end ?? 0;
  let first = 0;
  while (first < tokenIds.length && (tokenOffsets[2 * first + 1] as number) <= start) first++;
  let last = first;
  while (last < tokenIds.length && (tokenOffsets[2 * last + 1] as number) <= end) last++;
  return { start: first, end: last };
}

async function attentionShares(
  { prompt }: RowBook,
  model: InspectableModel,
  spans: readonly Span[],
): Promise<number[]> {
  const { start, end } = prompt.target;
  const nGroups = spans.length;
  const groups = new Float32Array(end * nGroups);
  for (const [groupIdx, span] of spans.entries()) {
    for (let key = span.start; key < span.end; key++) groups[key * nGroups + groupIdx] = 1;
  }
  const queries = Array.from({ length: end - start }, (_, idx) => start + idx - 1);
  const tokenIds = prompt.tokenIds.slice(0, end);
  const { masses } = await model.reducedAttention({ tokenIds, queries, groups, nGroups, layers: null });
  const sums = new Float64Array(nGroups);
  for (const [idx, mass] of masses.entries()) sums[idx % nGroups] = (sums[idx % nGroups] as number) + mass;
  return Array.from(sums, (sum) => sum / (masses.length / nGroups));
}

/** For each group the fall without it; null where the target reads as other tokens then. */
async function logProbFalls(
  row: Row,
  open: RowBook,
  model: InspectableModel,
  groups: readonly ContextSentence[][],
  signal: AbortSignal,
): Promise<(number | null)[]> {
  const ablated = groups.map((group) => targetSequence(withoutSentences(row, group), open, model));
  const whole: TokenSequence = {
    tokenIds: open.prompt.tokenIds.slice(0, open.prompt.target.end),
    scored: open.prompt.target,
  };
  const sequences = [whole, ...ablated.filter((sequence) => sequence !== null)];
  const means = new Map<TokenSequence, number>();
  for (const batch of batches(sequences)) {
    await setImmediate();
    checkCancelled(signal);
    const run = batch.flatMap((idx) => sequences[idx] ?? []);
    const figures = await model.tokenFigures(run, 0);
    for (const [idx, sequence] of run.entries()) means.set(sequence, mean(figures[idx]?.logProbs ?? []));
  }
  const wholeMean = means.get(whole) ?? Number.NaN;
  return ablated.map((sequence) => sequence && wholeMean - (means.get(sequence) ?? Number.NaN));
}

/** The sequence of a row that lost sentences, with the same target tokens as the whole; null where they differ. */
function targetSequence(
  { row, book }: ReturnType<typeof withoutSentences>,
  open: RowBook,
  model: InspectableModel,
): TokenSequence | null {
  const { tokenIds, target } = model.segment(row, book, "own");
  const own = tokenIds.slice(target.start, target.end);
  const wanted = open.prompt.tokenIds.subarray(open.prompt.target.start, open.prompt.target.end);
  const isSame = own.length === wanted.length && own.every((tokenId, idx) => tokenId === wanted[idx]);
  return isSame ? { tokenIds: tokenIds.slice(0, target.end), scored: target } : null;
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}
