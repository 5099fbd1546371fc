import { LOWEST_USEFUL_ALPHA } from "../../src/core/attentionSteering.ts";
import type { LensAnswers } from "../../src/protocol/lens.ts";
import { harmFigure, harmWords } from "../figures/steeringFigures.ts";
import { useAnswer, useChoice } from "../lensContext.ts";
import type { SteeringManner } from "../steeringAnswers.ts";
import { say } from "../words.ts";
import { FigureBox } from "./figureBox.tsx";
import { Waiting } from "./waiting.tsx";

type SteeringControl = LensAnswers["steering/control"];

interface HarmGaugeProps {
  readonly manner: SteeringManner;
  /** Null while it is not known which heads are meant. */
  readonly alpha: number | null;
}

/** What the same steering does to questions that it is not meant for. */
export function HarmGauge({ manner, alpha }: HarmGaugeProps) {
  const [asked, setAsked] = useChoice<string | null>("steering/harm", null);
  const { span, keys, heads } = manner;
  const question = alpha === null ? null : ({ method: "steering/control", alpha, span, keys, heads } as const);
  const isAsked = question !== null && asked === JSON.stringify(question);
  const answer = useAnswer(isAsked ? question : null);
  return (
    <section class="harm">
      <h3>{say("Harm to other questions")}</h3>
      <p class="note">
        {say(
          "The same steering on a dozen fixed questions with known answers: in half of them the passage gives the answer, in the other half it is beside the point.",
        )}
      </p>
      {!isAsked && alpha !== null && (
        <button type="button" data-control="harm" onClick={() => setAsked(JSON.stringify(question))}>
          {say("Measure the harm at alpha {alpha}", { alpha })}
        </button>
      )}
      {isAsked && <Waiting answer={answer} />}
      {isAsked && answer.value && (
        <>
          <Harm control={answer.value} alpha={question.alpha} />
          <FigureBox figure={harmFigure(answer.value, question.alpha, manner)} hasNote={false} />
        </>
      )}
    </section>
  );
}

function Harm({ control, alpha }: { readonly control: SteeringControl; readonly alpha: number }) {
  const { rows, nLeftOut } = control;
  if (rows.length === 0) return <p class="score">{say("This model can be asked none of the questions.")}</p>;
  const { change, words } = harmWords(control);
  return (
    <>
      <p class="score" data-number="harm">
        <strong>{change}</strong> {words}
        {alpha < LOWEST_USEFUL_ALPHA && ` ${say("Below 0.9 the paper's own scores collapse.")}`}
      </p>
      {nLeftOut > 0 && (
        <p class="note">{say("{count} more questions cannot be asked of this model.", { count: nLeftOut })}</p>
      )}
    </>
  );
}
