import { LOWEST_USEFUL_ALPHA } from "../core/attentionSteering.ts";
import { DEPENDENCY_THRESHOLD } from "../core/contextDependency.ts";
import { contextPreference } from "../core/knowledgeConflict.ts";
import type { ContextDecoding } from "../engine/contextDecoding.ts";
import type { DecodedAnswers } from "../engine/decodedAnswers.ts";
import type { TurnDependency } from "../engine/dependencyScores.ts";
import type { GeneratedAnswer } from "../engine/generateAnswer.ts";
import type { RowPattern } from "../engine/rowAttention.ts";
import type { FiguredBook, RowFigures } from "../engine/rowFigures.ts";
import type { LedgerShares, RowLedger } from "../engine/rowLedger.ts";
import type { SentenceAblation } from "../engine/sentenceAblation.ts";
import type { SteeringControl } from "../engine/steeringControl.ts";
import type { SteeredRow } from "../engine/steerRow.ts";
import { natsText } from "../figure/numberText.ts";
import { clipToCells, textCells } from "../figure/textCells.ts";
import { visibleTokenText } from "../figure/tokenText.ts";
import { oneLine } from "./plainText.ts";
import { promptTokenText } from "./promptTokenText.ts";

const tokenCells = 16;
const sentenceCells = 60;

function cell(text: string, nCells: number): string {
  const shown = clipToCells(oneLine(visibleTokenText(text)), nCells - 1);
  return shown + " ".repeat(nCells - textCells(shown));
}

const share = (mass: number) => (Number.isNaN(mass) ? "–" : `${(100 * mass).toFixed(1)} %`).padStart(10);
const right = (text: string, nCells = 9) => text.padStart(nCells);

/** Each scored token with its figures and the model's five best ones. */
export function* figuresTable({ open, closed }: RowFigures): Generator<string> {
  const books: [string, FiguredBook][] = [
    ["with the context", open],
    ...(closed ? [["without", closed] as [string, FiguredBook]] : []),
  ];
  for (const [name, { prompt, figures, topTexts }] of books) {
    yield `${cell(name, tokenCells + 2)}${["logprob", "rank", "entropy"].map((each) => right(each)).join("")}  best\n`;
    for (const [t, logProb] of figures.logProbs.entries()) {
      const text = cell(promptTokenText(prompt, prompt.target.start + t), tokenCells + 2);
      const numbers = [natsText(logProb), String((figures.ranks[t] ?? 0) + 1), (figures.entropies[t] ?? 0).toFixed(2)];
      const best = (topTexts[t] ?? []).map((each) => cell(each, tokenCells).trimEnd()).join(" · ");
      yield `${text}${numbers.map((each) => right(each)).join("")}  ${best}\n`;
    }
  }
}

/** Where the last prompt token looks, by role, with and without template. */
export function* ledgerTable({ representativeHead, withTemplate, withoutTemplate }: RowLedger): Generator<string> {
  const { layerIdx, headIdx } = representativeHead;
  const columns = ["user", "context", "assistant", "system", "template", "bos"] as const;
  yield `Attention of the last prompt token; the representative head is head ${headIdx} of layer ${layerIdx}.\n`;
  yield `${" ".repeat(36)}${columns.map((each) => right(each, 10)).join("")}\n`;
  const line = (name: string, { raw, context }: LedgerShares) => {
    const masses = [raw.user, context, raw.assistant, raw.system, raw.template, raw.bos];
    return `${name.padEnd(36)}${masses.map(share).join("")}\n`;
  };
  for (const [name, ledger] of [
    ["template", withTemplate],
    ["no template", withoutTemplate],
  ] as const) {
    if (!ledger) continue;
    yield line(`${name}, representative head`, ledger.representative);
    yield line(`${name}, mean of all heads`, ledger.mean);
    const { user, assistant, bos } = ledger.representative.renormalised;
    yield `${`${name}, renormalised`.padEnd(36)}${[share(user), right("", 10), share(assistant), right("", 20), share(bos)].join("")}\n`;
  }
  yield "The context is part of the user's words. An attention share is not causal importance.\n";
}

/** Each token with the token it looks at most, over all heads of the layer. */
export function* patternTable({ prompt, layerIdx, nHeads, nTokens, values }: RowPattern): Generator<string> {
  yield `Layer ${layerIdx}, ${nHeads} heads: where each token looks most, by any head.\n`;
  for (let query = 0; query < nTokens; query++) {
    let best = { mass: -1, headIdx: 0, key: 0 };
    for (let headIdx = 0; headIdx < nHeads; headIdx++) {
      for (let key = 0; key <= query; key++) {
        const mass = values[(headIdx * nTokens + query) * nTokens + key] as number;
        if (mass > best.mass) best = { mass, headIdx, key };
      }
    }
    const [from, to] = [query, best.key].map((idx) => cell(promptTokenText(prompt, idx), tokenCells));
    yield `${from} → ${to}${share(best.mass)}  head ${best.headIdx}\n`;
  }
}

export function* dependencyTable({ layers }: TurnDependency): Generator<string> {
  for (const { layerIdx, score } of layers) {
    const side = score > DEPENDENCY_THRESHOLD ? "above" : "not above";
    yield `Context-dependency score ${score.toFixed(3)} at layer ${layerIdx}, ${side} the threshold ${DEPENDENCY_THRESHOLD}.\n`;
  }
}

export function* steeringTable(
  { alpha, nEmphasised, before, after }: SteeredRow,
  control: SteeringControl | null,
): Generator<string> {
  yield `Steered towards ${nEmphasised} tokens with alpha ${alpha}.\n`;
  if (alpha < LOWEST_USEFUL_ALPHA) yield `Below ${LOWEST_USEFUL_ALPHA} the published scores collapse.\n`;
  const mean = (logProbs: Float32Array) => logProbs.reduce((sum, each) => sum + each, 0) / logProbs.length;
  for (const [name, { logProbs, answer, answerLogProbs }] of [
    ["before", before],
    ["after", after],
  ] as const) {
    const [own, other] = answerLogProbs;
    const preference =
      own === undefined || other === undefined ? "" : `  M_C ${contextPreference(own, other).toFixed(3)}`;
    const text = answer ? `  ${clipToCells(oneLine(answer.text), sentenceCells)}` : "";
    yield `${name.padEnd(8)}${right(natsText(mean(logProbs)))} nats per token${preference}${text}\n`;
  }
  if (control) yield* controlTable(control);
}

/** What the same steering does to questions it is not meant for. */
function* controlTable({ rows, nLeftOut, version }: SteeringControl): Generator<string> {
  const nRight = (side: "before" | "after") => rows.filter((row) => row[side].isRight).length;
  yield `Control set ${version}, ${rows.length} questions: ${nRight("before")} answered right before, ${nRight("after")} after.\n`;
  for (const { question, answer, before, after } of rows) {
    const marks = [before, after].map(({ isRight }) => (isRight ? "✓" : "✗")).join(" → ");
    const change = right(natsText(after.meanLogProb - before.meanLogProb));
    yield `${cell(question, sentenceCells)}${cell(answer, tokenCells)}${marks}${change}\n`;
  }
  if (nLeftOut > 0) yield `${nLeftOut} questions could not be asked.\n`;
}

export function* answersTable(open: GeneratedAnswer, closed: GeneratedAnswer): Generator<string> {
  for (const [name, { text, stop, tokenIds }] of [
    ["with the context", open],
    ["without", closed],
  ] as const) {
    yield `${name.padEnd(18)}${oneLine(text)}  (${tokenIds.length} tokens, ${stop})\n`;
  }
}

export function* decodingTable({ targetIdx, choices, flip }: ContextDecoding, said: DecodedAnswers): Generator<string> {
  yield `Token ${targetIdx + 1} of the answer under context-aware decoding:\n`;
  for (const { alpha, top } of choices) {
    const best = top.map(
      ({ text, logProb }) => `${cell(text, tokenCells).trimEnd()} ${(100 * Math.exp(logProb)).toFixed(1)} %`,
    );
    yield `alpha ${alpha.toFixed(1)}  ${best.join(" · ")}\n`;
  }
  if (!flip) yield "No alpha changes the choice.\n";
  else
    yield `From alpha ${flip.alpha.toFixed(3)} on it says ${oneLine(flip.to.text)}, not ${oneLine(flip.from.text)}.\n`;
  yield "The whole answer, which goes on from what it has said:\n";
  for (const { alpha, text, partsAt } of said.answers) {
    const parts = alpha === 0 ? "" : partsAt === null ? "  (the same)" : `  (another from token ${partsAt + 1} on)`;
    yield `alpha ${alpha.toFixed(3)}  ${oneLine(text)}${parts}\n`;
  }
  if (!said.flip) yield "No alpha changes it.\n";
  else yield `It changes past alpha ${said.flip.alpha.toFixed(3)}, at token ${said.flip.tokenIdx + 1}.\n`;
}

export function* ablationTable({ sentences, nSentences, tau }: SentenceAblation): Generator<string> {
  yield `${"sentence".padEnd(sentenceCells)}${right("fall")}${right("attention", 11)}\n`;
  for (const { text, logProbFall, attentionShare } of sentences) {
    const shown = clipToCells(oneLine(text), sentenceCells - 1);
    yield `${shown}${" ".repeat(sentenceCells - textCells(shown))}${right(natsText(logProbFall))}${share(attentionShare)}\n`;
  }
  if (nSentences > sentences.length) yield `${nSentences} sentences, joined into ${sentences.length}.\n`;
  yield `Kendall's tau between fall and attention: ${Number.isNaN(tau) ? "–" : tau.toFixed(2)}. An attention share is not causal importance.\n`;
}
