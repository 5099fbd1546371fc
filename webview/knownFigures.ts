import { patternLevels } from "../src/figure/patternLevels.ts";
import type { LensAnswers, LensQuestion, LensRow } from "../src/protocol/lens.ts";
import { answerFigure } from "./figures/answerFigures.ts";
import { columnFigure, heatFigure, promptFigure, shareFigure } from "./figures/attentionFigures.ts";
import { ablationFigure, decodedAnswersFigure, decodingFigure, placesFigure } from "./figures/interventionFigures.ts";
import type { LensFigure } from "./figures/lensFigure.ts";
import { patternFigure } from "./figures/patternFigure.ts";
import { comparisonFigure, harmFigure, steeringFigure } from "./figures/steeringFigures.ts";
import { headPool } from "./headPool.ts";
import { chosenHead, type LensState } from "./lensState.ts";
import { measuredSteerings } from "./steeringAnswers.ts";

/** What is looked at: heads, picked heads, the token of the answer. */
export type LensLooks = Pick<LensState, "heads" | "picked" | "tokenIdx">;

/** Every figure that the answers so far allow, in the order of the lens, as its heads are looked at now. */
export function knownFigures(
  row: LensRow,
  answers: ReadonlyMap<string, unknown>,
  { heads, picked, tokenIdx }: LensLooks,
): LensFigure[] {
  const figures: LensFigure[] = [];
  const answer = <Method extends LensQuestion["method"]>(method: Method) =>
    (answers.get(JSON.stringify({ method })) ?? null) as LensAnswers[Method] | null;
  figures.push(answerFigure(row, answer("row/figures")));
  const looks = [...answers].findLast(([key]) => key.startsWith('{"method":"row/token-attention"'));
  const look = looks?.[1] as LensAnswers["row/token-attention"] | undefined;
  if (look) figures.push(promptFigure(row, headPool(look, heads), look.tokenIdx));
  const ledger = answer("row/ledger");
  if (ledger) {
    const chosen = chosenHead(heads, ledger.representativeHead);
    const prompt = ledger.withTemplate ?? ledger.withoutTemplate;
    figures.push(
      heatFigure(prompt, { role: "user", normalisation: "raw", isSorted: false, chosen, picked }),
      shareFigure(ledger, "raw", chosen),
      columnFigure(row, prompt, "representative", "raw"),
    );
  }
  figures.push(...patternFigures(row, answers));
  for (const { manner, points, last } of measuredSteerings(answers, row.open.logProbs.length)) {
    figures.push(steeringFigure(points, manner));
    if (last) figures.push(comparisonFigure(row, last, manner));
  }
  const decodings: LensAnswers["row/decoding"][] = [];
  for (const [key, value] of answers) {
    const question = JSON.parse(key) as LensQuestion;
    if (question.method === "steering/control")
      figures.push(harmFigure(value as LensAnswers["steering/control"], question.alpha, question));
    if (question.method === "row/decoded-answers")
      figures.push(decodedAnswersFigure(value as LensAnswers["row/decoded-answers"]));
    if (question.method === "row/decoding") decodings.push(value as LensAnswers["row/decoding"]);
  }
  // The place that is looked at, and all of them as one table.
  const lastDecoding = decodings.find(({ targetIdx }) => targetIdx === tokenIdx) ?? decodings.at(-1);
  if (lastDecoding) figures.push(decodingFigure(row, lastDecoding));
  if (decodings.length > 1) {
    figures.push(
      placesFigure(
        row,
        decodings.toSorted((a, b) => a.targetIdx - b.targetIdx),
      ),
    );
  }
  const ablation = answer("row/ablation");
  if (ablation) figures.push(ablationFigure(ablation));
  return figures;
}

/** The patterns that were looked at. */
function patternFigures(row: LensRow, answers: ReadonlyMap<string, unknown>): LensFigure[] {
  return [...answers].flatMap(([key, value]) => {
    const question = JSON.parse(key) as LensQuestion;
    if (question.method !== "row/pattern") return [];
    const { values, nTokens } = value as LensAnswers["row/pattern"];
    return [patternFigure(row, patternLevels(values, nTokens), question)];
  });
}
