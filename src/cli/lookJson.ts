import type { SteeredKeys } from "../core/attentionSteering.ts";
import { contextPreference } from "../core/knowledgeConflict.ts";
import type { GeneratedAnswer } from "../engine/generateAnswer.ts";
import type { RowPattern } from "../engine/rowAttention.ts";
import type { FiguredBook, RowFigures } from "../engine/rowFigures.ts";
import type { PromptLedger, RowLedger } from "../engine/rowLedger.ts";
import type { SteeredRow, SteeredSide } from "../engine/steerRow.ts";
import { promptTokenText } from "./promptTokenText.ts";

/** A value whose typed arrays are lists, as JSON writes lists. */
export function plainJson(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array);
  if (Array.isArray(value)) return value.map(plainJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plainJson(each)]));
}

/** One entry per scored token: the target's, then the end of turn. */
export function figuresJson({ open, closed }: RowFigures): unknown {
  return { open: bookFigures(open), closed: closed && bookFigures(closed) };
}

function bookFigures({ prompt, figures, topTexts }: FiguredBook): unknown[] {
  const { logProbs, ranks, entropies, topK, topIds, topLogProbs } = figures;
  return Array.from(logProbs, (logProb, t) => ({
    id: prompt.tokenIds[prompt.target.start + t],
    text: promptTokenText(prompt, prompt.target.start + t),
    logProb,
    // The most probable token has rank 1, as everywhere a person reads it.
    rank: (ranks[t] ?? 0) + 1,
    entropy: entropies[t],
    top: Array.from({ length: topK }, (_, choiceIdx) => ({
      id: topIds[t * topK + choiceIdx],
      text: topTexts[t]?.[choiceIdx],
      logProb: topLogProbs[t * topK + choiceIdx],
    })),
  }));
}

/** Masses as `[layer][head][role]` and `[answer token][role]`. */
export function ledgerJson({ representativeHead, withTemplate, withoutTemplate }: RowLedger): unknown {
  const prompt = (ledger: PromptLedger) => {
    const { nLayers, nHeads, roles, masses, sinkMasses, tokenMasses, meanTokenMasses, ...shares } = ledger;
    return {
      ...shares,
      roles,
      masses: nested(masses, [nLayers, nHeads, roles.length]),
      sinkMasses: nested(sinkMasses, [nLayers, nHeads]),
      tokenMasses: nested(tokenMasses, [tokenMasses.length / roles.length, roles.length]),
      meanTokenMasses: nested(meanTokenMasses, [meanTokenMasses.length / roles.length, roles.length]),
    };
  };
  return {
    representativeHead,
    withTemplate: withTemplate && prompt(withTemplate),
    withoutTemplate: prompt(withoutTemplate),
  };
}

/** The pattern as `[head][query][key]`. */
export function patternJson({ layerIdx, nGiven, nTokens, values }: RowPattern): unknown {
  return { layerIdx, pattern: nested(values, [nGiven, nTokens, nTokens]) };
}

export function answerJson({ text, tokenIds, tokenTexts, logProbs, stop, durationMs }: GeneratedAnswer): unknown {
  return plainJson({ text, tokenIds, tokenTexts, logProbs, stop, durationMs });
}

export function steeredJson(
  { alpha, nEmphasised, before, after }: SteeredRow,
  span: string,
  keys: SteeredKeys,
): Record<string, unknown> {
  const side = ({ logProbs, answer, answerLogProbs: [own, other] }: SteeredSide) => ({
    logProbs: [...logProbs],
    answer: answer && answerJson(answer),
    ...(own !== undefined && other !== undefined && { contextPreference: contextPreference(own, other) }),
  });
  return { alpha, span, keys, nEmphasised, before: side(before), after: side(after) };
}

/** A flat array as lists of lists. */
function nested(values: Float32Array, [size = 0, ...inner]: readonly number[]): unknown[] {
  if (inner.length === 0) return [...values];
  const stride = inner.reduce((product, dim) => product * dim, 1);
  return Array.from({ length: size }, (_, idx) => nested(values.subarray(idx * stride, (idx + 1) * stride), inner));
}
