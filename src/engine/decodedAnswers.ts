import { contextAwareLogProbs, greedyFlip, largestIndices, SHOWN_ALPHAS } from "../core/contextAwareDecoding.ts";
import { CodedError } from "../core/problem.ts";
import { hasContext, type Row } from "../core/row.ts";
import { type NextToken, nextToken } from "./contextDecoding.ts";
import type { GenerationStop, InspectableModel, ReadTokens, TemplateChoice } from "./inspectableModel.ts";
import { checkCancelled } from "./rowBooks.ts";

/** The greedy answer under one strength of context-aware decoding. */
export interface DecodedAnswer {
  readonly alpha: number;
  readonly tokenIds: Int32Array;
  /** The words of each token; special tokens as the vocabulary writes them. */
  readonly words: readonly string[];
  /** log p of each token under the combined distribution it was chosen from, nats. */
  readonly logProbs: Float32Array;
  /** The answer as text, special tokens left out. */
  readonly text: string;
  readonly stop: GenerationStop;
  /** The first token, from 0, that is not the one of alpha 0; the shorter answer's length where it only ends sooner; null where both are the same. */
  readonly partsAt: number | null;
}

/** Where the whole answer changes first as alpha grows. */
export interface AnswerFlip {
  /** The smallest alpha above 0 whose answer is another than that of alpha 0. */
  readonly alpha: number;
  /** The answer token, from 0, at which it happens. */
  readonly tokenIdx: number;
  readonly from: NextToken;
  readonly to: NextToken;
}

/** What the model would say to a row under context-aware decoding. */
export interface DecodedAnswers {
  /** By rising alpha: 0, 0.5 and 1, and the next thousandth past the flip. */
  readonly answers: readonly DecodedAnswer[];
  /** Null where no alpha changes an answer of the asked length. */
  readonly flip: AnswerFlip | null;
}

export interface DecodedAnswersOptions {
  readonly template: TemplateChoice;
  readonly maxNewTokens: number;
  readonly signal: AbortSignal;
}

/**
 * Answers a row greedily under several strengths of context-aware decoding: at every step the prompt with the context and
 * the prompt without it, each with the answer so far behind it, say how probable each token is, and the most probable
 * token of the combination is said. Both prompts are read once; the row's own target is not shown to the model.
 *
 * Up to its first other token an answer follows the one of alpha 0, and there the scores of tokens are lines in alpha.
 * The alpha at which the answer flips is therefore exact: the smallest of the flips along the answer of alpha 0.
 * @throws CodedError `row/no-context`, `row/too-long`, `cancelled`.
 */
export async function decodedAnswers(
  row: Row,
  model: InspectableModel,
  options: DecodedAnswersOptions,
): Promise<DecodedAnswers> {
  if (!hasContext(row)) throw new CodedError("row/no-context");
  const prompt = (book: "open" | "closed") => model.generationPrompt(row, book, options.template).tokenIds;
  const open = await model.read(prompt("open"));
  checkCancelled(options.signal);
  const prompts = { open, closed: await model.read(prompt("closed")), nPromptTokens: prompt("open").length };
  const flips: AnswerFlip[] = [];
  const plain = await said(model, prompts, 0, options, (step) => flips.push(...stepFlip(model, step)));
  const flip = flips.reduce<AnswerFlip | null>(
    (least, each) => (least && least.alpha <= each.alpha ? least : each),
    null,
  );
  const past = flip ? [Math.floor(flip.alpha * 1000 + 1) / 1000] : [];
  const alphas = [...new Set([...SHOWN_ALPHAS, ...past])].filter((alpha) => alpha > 0).sort((a, b) => a - b);
  const answers = [plain];
  for (const alpha of alphas) answers.push(await said(model, prompts, alpha, options));
  return {
    answers: answers.map((answer) => ({ ...answer, partsAt: firstOther(plain.tokenIds, answer.tokenIds) })),
    flip,
  };
}

interface ReadPrompts {
  readonly open: ReadTokens;
  readonly closed: ReadTokens;
  readonly nPromptTokens: number;
}

/** Both distributions before an answer token is said. */
interface AnswerStep {
  readonly tokenIdx: number;
  readonly open: Float32Array;
  readonly closed: Float32Array;
}

async function said(
  model: InspectableModel,
  prompts: ReadPrompts,
  alpha: number,
  { maxNewTokens, signal }: DecodedAnswersOptions,
  onStep: (step: AnswerStep) => void = () => undefined,
): Promise<Omit<DecodedAnswer, "partsAt">> {
  const tokenIds: number[] = [];
  const logProbs: number[] = [];
  let { open, closed } = prompts;
  const stop = async (): Promise<GenerationStop> => {
    while (true) {
      if (tokenIds.length >= maxNewTokens) return "length";
      if (prompts.nPromptTokens + tokenIds.length >= model.identity.windowTokens) return "window";
      checkCancelled(signal);
      onStep({ tokenIdx: tokenIds.length, open: open.nextLogProbs, closed: closed.nextLogProbs });
      const combined = contextAwareLogProbs(open.nextLogProbs, closed.nextLogProbs, alpha);
      const [tokenId = 0] = largestIndices(combined, 1);
      if (model.stopIds.has(tokenId)) return "end-of-turn";
      tokenIds.push(tokenId);
      logProbs.push(combined[tokenId] ?? Number.NaN);
      if (tokenIds.length >= maxNewTokens) return "length";
      open = await open.after(Int32Array.of(tokenId));
      closed = await closed.after(Int32Array.of(tokenId));
    }
  };
  const why = await stop();
  const ids = Int32Array.from(tokenIds);
  const text = model.decode(ids);
  return { alpha, tokenIds: ids, words: model.words(ids), logProbs: Float32Array.from(logProbs), text, stop: why };
}

function stepFlip(model: InspectableModel, { tokenIdx, open, closed }: AnswerStep): AnswerFlip[] {
  const flip = greedyFlip(open, closed);
  if (!flip) return [];
  const logProbs = contextAwareLogProbs(open, closed, flip.alpha);
  const token = (tokenId: number) => nextToken(model, tokenId, logProbs);
  return [{ alpha: flip.alpha, tokenIdx, from: token(flip.fromId), to: token(flip.toId) }];
}

function firstOther(plain: Int32Array, other: Int32Array): number | null {
  const nCommon = Math.min(plain.length, other.length);
  for (let tokenIdx = 0; tokenIdx < nCommon; tokenIdx++) if (plain[tokenIdx] !== other[tokenIdx]) return tokenIdx;
  return plain.length === other.length ? null : nCommon;
}
