import { contextAwareLogProbs, greedyFlip, largestIndices, SHOWN_ALPHAS } from "../core/contextAwareDecoding.ts";
import { CodedError } from "../core/problem.ts";
import type { Row } from "../core/row.ts";
import type { InspectableModel, TemplateChoice } from "./inspectableModel.ts";
import { checkCancelled, type RowBook, rowBooks } from "./rowBooks.ts";
import { shownChoices } from "./rowFigures.ts";

/** A token that may come next. */
export interface NextToken {
  readonly tokenId: number;
  /** Its words; a special token as the vocabulary writes it. */
  readonly text: string;
  readonly logProb: number;
}

/** The next-token distribution at one strength of context-aware decoding. */
export interface DecodingChoice {
  readonly alpha: number;
  /** Most probable first. */
  readonly top: readonly NextToken[];
}

/** What context-aware decoding would say at one place of the target. */
export interface ContextDecoding {
  /** Which target token is predicted, counted from 0. */
  readonly targetIdx: number;
  readonly choices: readonly DecodingChoice[];
  /** The smallest alpha above 0 at which the most probable token is another than open-book; null where none is. */
  readonly flip: { readonly alpha: number; readonly from: NextToken; readonly to: NextToken } | null;
}

/**
 * Previews context-aware decoding at one token of a row's target: the passes with and without the context, combined.
 * @throws CodedError `row/no-context`, `measure/no-such-answer-token`, what keeps the row from being scored, `cancelled`.
 */
export async function contextDecoding(
  row: Row,
  model: InspectableModel,
  options: { readonly template: TemplateChoice; readonly targetIdx: number; readonly signal: AbortSignal },
): Promise<ContextDecoding> {
  const { template, targetIdx, signal } = options;
  const { open, closed } = rowBooks(row, model, template);
  if (!closed) throw new CodedError("row/no-context");
  const nTokens = open.prompt.target.end - open.prompt.target.start;
  if (!(Number.isInteger(targetIdx) && targetIdx >= 0 && targetIdx < nTokens)) {
    throw new CodedError("measure/no-such-answer-token", { place: targetIdx + 1, nTokens });
  }
  const next = ({ prompt }: RowBook) => model.nextLogProbs(prompt.tokenIds.slice(0, prompt.target.start + targetIdx));
  const openLogProbs = await next(open);
  checkCancelled(signal);
  const closedLogProbs = await next(closed);
  const choices = SHOWN_ALPHAS.map((alpha): DecodingChoice => {
    const logProbs = contextAwareLogProbs(openLogProbs, closedLogProbs, alpha);
    return { alpha, top: largestIndices(logProbs, shownChoices).map((id) => nextToken(model, id, logProbs)) };
  });
  const flip = greedyFlip(openLogProbs, closedLogProbs);
  const atFlip = flip && contextAwareLogProbs(openLogProbs, closedLogProbs, flip.alpha);
  return {
    targetIdx,
    choices,
    flip: flip &&
      atFlip && {
        alpha: flip.alpha,
        from: nextToken(model, flip.fromId, atFlip),
        to: nextToken(model, flip.toId, atFlip),
      },
  };
}

/** A token with its words and its log-probability. */
export function nextToken(model: InspectableModel, tokenId: number, logProbs: Float64Array): NextToken {
  const [text = ""] = model.words(Int32Array.of(tokenId));
  return { tokenId, text, logProb: logProbs[tokenId] ?? Number.NaN };
}
