import type { LensAnswers, LensQuestion, LensRow } from "../src/protocol/lens.ts";
import { answerFigure } from "./figures/answerFigures.ts";
import { columnFigure, heatFigure, promptFigure, shareFigure } from "./figures/attentionFigures.ts";
import { ablationFigure, decodingFigure } from "./figures/interventionFigures.ts";
import type { LensFigure } from "./figures/lensFigure.ts";
import { headPool } from "./headPool.ts";

/** Every figure that the answers so far allow, in the order of the lens. */
export function knownFigures(row: LensRow, answers: ReadonlyMap<string, unknown>): LensFigure[] {
  const figures: LensFigure[] = [];
  const answer = <Method extends LensQuestion["method"]>(method: Method) =>
    (answers.get(JSON.stringify({ method })) ?? null) as LensAnswers[Method] | null;
  figures.push(answerFigure(row, answer("row/figures")));
  const looks = [...answers].findLast(([key]) => key.startsWith('{"method":"row/token-attention"'));
  const look = looks?.[1] as LensAnswers["row/token-attention"] | undefined;
  if (look) figures.push(promptFigure(row, headPool(look, { layerIdx: null, head: "mean" }), look.tokenIdx));
  const ledger = answer("row/ledger");
  if (ledger) {
    const chosen = ledger.representativeHead;
    const prompt = ledger.withTemplate ?? ledger.withoutTemplate;
    figures.push(
      heatFigure(prompt, { role: "user", normalisation: "raw", isSorted: false, chosen, picked: [] }),
      shareFigure(ledger, "raw", chosen),
      columnFigure(row, prompt, "representative", "raw"),
    );
  }
  for (const [key, value] of answers) {
    if (key.startsWith('{"method":"row/decoding"'))
      figures.push(decodingFigure(row, value as LensAnswers["row/decoding"]));
  }
  const ablation = answer("row/ablation");
  if (ablation) figures.push(ablationFigure(ablation));
  return figures;
}
