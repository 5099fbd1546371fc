import { contextPreference } from "../../src/core/knowledgeConflict.ts";
import { fineNatsText, perplexityText } from "../../src/figure/numberText.ts";
import { visibleTokenText } from "../../src/figure/tokenText.ts";
import { comparisonFigure } from "../figures/steeringFigures.ts";
import { useLens } from "../lensContext.ts";
import { meanLogProb, type SteeredRow, type SteeringManner } from "../steeringAnswers.ts";
import { say } from "../words.ts";
import { FigureBox } from "./figureBox.tsx";

interface SteeringComparisonProps {
  readonly steered: SteeredRow;
  readonly manner: SteeringManner;
  readonly isPending: boolean;
}

/** The row as it is beside the row under steering. */
export function SteeringComparison({ steered, manner, isPending }: SteeringComparisonProps) {
  const { row } = useLens();
  const nTarget = row.open.logProbs.length;
  const sides = [
    { name: say("as it is"), side: steered.before },
    { name: say("alpha {alpha}", { alpha: steered.alpha }), side: steered.after },
  ];
  const change = meanLogProb(steered.after.logProbs, nTarget) - meanLogProb(steered.before.logProbs, nTarget);
  return (
    <FigureBox figure={comparisonFigure(row, steered, manner)} isPending={isPending} hasNote={false}>
      <section class="table comparison" aria-label={say("Before and after steering")} aria-live="polite">
        <table>
          <thead>
            <tr>
              <th scope="col" />
              {sides.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">{say("greedy answer")}</th>
              {sides.map(({ name, side }) => (
                <td key={name} class="words">
                  <bdi>{visibleTokenText(side.answer?.text ?? "").slice(0, 400)}</bdi>
                </td>
              ))}
            </tr>
            <tr>
              <th scope="row">{say("log p of the answer, nats per token")}</th>
              {sides.map(({ name, side }, i) => (
                <td key={name} class="number" data-number={i === 0 ? "before" : "after"}>
                  {fineNatsText(meanLogProb(side.logProbs, nTarget))}
                  {i === 1 && ` (${changeText(change)})`}
                </td>
              ))}
            </tr>
            <tr>
              <th scope="row">{say("perplexity of the answer")}</th>
              {sides.map(({ name, side }) => (
                <td key={name} class="number">
                  {perplexityText(Math.exp(-meanLogProb(side.logProbs, nTarget)))}
                </td>
              ))}
            </tr>
            {steered.before.answerLogProbs.length === 2 && (
              <tr>
                <th scope="row" title={say("p(answer) / (p(answer) + p(other answer))")}>
                  {say("M_C: this answer against the other")}
                </th>
                {sides.map(({ name, side }) => (
                  <td key={name} class="number">
                    {contextPreference(
                      side.answerLogProbs[0] ?? Number.NaN,
                      side.answerLogProbs[1] ?? Number.NaN,
                    ).toFixed(3)}
                  </td>
                ))}
              </tr>
            )}
          </tbody>
        </table>
        <p class="note">
          {steered.alpha === 1
            ? say("Alpha 1 changes nothing.")
            : say("{count} tokens of the prompt get more attention.", { count: steered.nEmphasised })}
        </p>
      </section>
    </FigureBox>
  );
}

/** A digit more than the numbers it is the difference of. */
function changeText(nats: number): string {
  const digits = Math.abs(nats).toFixed(4);
  if (!Number.isFinite(nats)) return "–";
  return Number(digits) === 0 ? "0" : `${nats > 0 ? "+" : "−"}${digits}`;
}
