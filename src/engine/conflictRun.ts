import { setImmediate } from "node:timers/promises";
import { meanContextMass } from "../core/attentionLedger.ts";
import type { AskedQuestion } from "../core/conflictQuality.ts";
import type { Problem } from "../core/problem.ts";
import { batches } from "./batches.ts";
import { type AnswerName, type BookPrompt, type ConflictBooks, conflictBooks } from "./conflictBooks.ts";
import { type ConflictAsking, effectiveTemplate } from "./conflictPrompt.ts";
import type { GeneratedTokens, GenerationStop, InspectableModel } from "./inspectableModel.ts";
import type { SegmentedPrompt, TokenSequence } from "./languageModel.ts";
import { checkCancelled } from "./rowBooks.ts";

/** How probable an answer is after a prompt, in the form in which it would go on. */
export interface AnswerLogProb {
  /** Sum over the answer's tokens, without the end of turn; nats. */
  readonly sum: number;
  readonly firstToken: number;
  readonly nTokens: number;
}

/** What a model says to a question in one book, and how probable the two answers are there. */
export interface AskedBook {
  readonly nPromptTokens: number;
  /** Greedy; special tokens left out. */
  readonly output: string;
  readonly nOutputTokens: number;
  readonly stop: GenerationStop;
  /** Null for an answer that the item does not have. */
  readonly contextual: AnswerLogProb | null;
  readonly parametric: AnswerLogProb | null;
}

/** An item as the model answered it. */
export interface AskedItem {
  /** Null without a context, or with a problem. */
  readonly open: AskedBook | null;
  /** Null with a problem. */
  readonly closed: AskedBook | null;
  /** Mean over layers and heads of the attention on the context at the last prompt token; null where not measured. */
  readonly contextMass: number | null;
  readonly problems: readonly Problem[];
}

/** How a model is asked. */
export interface ConflictRunOptions {
  readonly asking: ConflictAsking;
  readonly maxNewTokens: number;
  readonly withAttention: boolean;
  readonly signal: AbortSignal;
}

/**
 * Asks a model every question with and without its context: what it says, how probable both answers are, and how much it
 * looks at the context. Equal prompts run once. An item that cannot be asked has its problem; the others go on.
 * @throws CodedError `cancelled`, those of the model's runs.
 */
export async function conflictRun(
  items: readonly AskedQuestion[],
  model: InspectableModel,
  options: ConflictRunOptions,
): Promise<AskedItem[]> {
  const asking = { ...options.asking, template: effectiveTemplate(model, options.asking.template) };
  const asked: ConflictBooks[] = [];
  for (const [idx, item] of items.entries()) {
    if (idx % nBetweenPauses === 0) await pause(options.signal);
    asked.push(conflictBooks(item, model, asking));
  }
  const books = asked.flatMap(({ open, closed }) => [open, closed].filter((book) => book !== null));
  const logProbs = await answerLogProbs(books, model, options.signal);
  const answers = await greedyAnswers(books, model, options);
  const book = (prompt: BookPrompt | null): AskedBook | null => {
    const answer = prompt && answers.get(sequenceKey(prompt.prompt.tokenIds));
    if (!answer) return null;
    const logProb = (name: AnswerName) => answerLogProb(prompt.answers[name], logProbs);
    return {
      nPromptTokens: prompt.prompt.tokenIds.length,
      output: model.decode(answer.tokenIds),
      nOutputTokens: answer.tokenIds.length,
      stop: answer.stop,
      contextual: logProb("contextual"),
      parametric: logProb("parametric"),
    };
  };
  const results: AskedItem[] = [];
  for (const { open, closed, problems } of asked) {
    const looks = open !== null && options.withAttention && model.nAttentionLayers > 0;
    if (looks) await pause(options.signal);
    const mass = looks ? await contextMass(open.prompt, model) : null;
    results.push({ open: book(open), closed: book(closed), contextMass: mass, problems });
  }
  return results;
}

/** Rendering a prompt takes a fraction of a millisecond. */
const nBetweenPauses = 32;

/** The runtime blocks the event loop while it runs: this lets a cancel request in. */
async function pause(signal: AbortSignal): Promise<void> {
  await setImmediate();
  checkCancelled(signal);
}

type LogProbs = ReadonlyMap<string, Float32Array>;

async function answerLogProbs(
  books: readonly BookPrompt[],
  model: InspectableModel,
  signal: AbortSignal,
): Promise<LogProbs> {
  const sequences = new Map<string, TokenSequence>();
  for (const { answers } of books) {
    for (const sequence of Object.values(answers)) sequences.set(scoredKey(sequence), sequence);
  }
  const all = [...sequences];
  const known = new Map<string, Float32Array>();
  for (const group of batches(all.map(([, sequence]) => sequence))) {
    await pause(signal);
    const entries = group.map((idx) => all[idx] as (typeof all)[number]);
    const logProbs = await model.logProbs(entries.map(([, sequence]) => sequence));
    for (const [idx, [key]] of entries.entries()) known.set(key, logProbs[idx] ?? new Float32Array());
  }
  return known;
}

function answerLogProb(sequence: TokenSequence | undefined, known: LogProbs): AnswerLogProb | null {
  const logProbs = sequence && known.get(scoredKey(sequence));
  if (!logProbs) return null;
  const sum = logProbs.reduce((total, logProb) => total + logProb, 0);
  return { sum, firstToken: logProbs[0] ?? Number.NaN, nTokens: logProbs.length };
}

async function greedyAnswers(
  books: readonly BookPrompt[],
  model: InspectableModel,
  { maxNewTokens, signal }: ConflictRunOptions,
): Promise<ReadonlyMap<string, GeneratedTokens>> {
  const prompts = new Map(books.map(({ prompt: { tokenIds } }) => [sequenceKey(tokenIds), tokenIds]));
  const answers = await model.generateMany([...prompts.values()], { maxNewTokens, signal });
  return new Map([...prompts.keys()].map((key, idx) => [key, answers[idx] as GeneratedTokens]));
}

async function contextMass({ tokenIds, segments }: SegmentedPrompt, model: InspectableModel): Promise<number> {
  const groups = new Float32Array(tokenIds.length);
  for (const { role, tokenSpan } of segments) if (role === "context") groups.fill(1, tokenSpan.start, tokenSpan.end);
  const queries = [tokenIds.length - 1];
  const { masses, layers, nHeads } = await model.reducedAttention({
    tokenIds,
    queries,
    groups,
    nGroups: 1,
    layers: null,
  });
  return meanContextMass({ masses, nLayers: layers.length, nHeads, roles: ["context"] });
}

function sequenceKey(tokenIds: Int32Array): string {
  return tokenIds.join();
}

function scoredKey({ tokenIds, scored }: TokenSequence): string {
  return `${scored.start} ${tokenIds.join()}`;
}
