import { useReducer, useState } from "preact/hooks";
import type { SteeredKeys } from "../../src/core/attentionSteering.ts";
import type { SteeringQuestion } from "../../src/protocol/lens.ts";
import { LOWEST_ALPHA, steeringFigure } from "../figures/steeringFigures.ts";
import { questionKey, useAnswer, useChoice, useLens, useRested } from "../lensContext.ts";
import { mannerKey, measuredSteerings } from "../steeringAnswers.ts";
import { say } from "../words.ts";
import { AlphaSlider } from "./alphaSlider.tsx";
import { FigureBox } from "./figureBox.tsx";
import { HarmGauge } from "./harmGauge.tsx";
import { HeadScope, useSteeredHeads } from "./headScope.tsx";
import { PickedHeads } from "./pickedHeads.tsx";
import { SteeringComparison } from "./steeringComparison.tsx";
import { Waiting } from "./waiting.tsx";

type Options = Omit<SteeringQuestion, "alpha">;

const askDelayMs = 150;
const answerTokens = 32;

/** What happens when attention on everything but a span is weakened by alpha. */
export function SteeringTab() {
  const { row, state, answers } = useLens();
  const [, redraw] = useReducer((n: number, _: undefined) => n + 1, 0);
  const [alpha, setAlpha] = useChoice("steering/alpha", 0.95);
  const [span, setSpan] = useChoice<"user" | "context">("steering/span", row.closed ? "context" : "user");
  const [keys, setKeys] = useChoice<SteeredKeys>("steering/keys", "all");
  const steered = useSteeredHeads();
  const [others, setOthers] = useChoice<Readonly<Record<string, string>>>("steering/other", {});
  const place = JSON.stringify(row.place);
  const otherAnswer = others[place] ?? row.otherAnswer ?? "";
  const target = row.open.texts.slice(row.open.target.start, row.open.target.end).join("");
  const options = {
    span: row.closed ? span : "user",
    keys,
    heads: steered.heads,
    maxNewTokens: answerTokens,
    answers: otherAnswer.trim() === "" ? [] : [target, otherAnswer],
  } as const satisfies Options;
  const rested = useRested(alpha, askDelayMs);
  const answer = useAnswer(steered.isKnown ? ({ method: "row/steer", alpha: rested, ...options } as const) : null);
  const measured = measuredSteerings(answers, row.open.logProbs.length).find(
    ({ manner }) => steered.isKnown && mannerKey(manner) === mannerKey(options),
  );
  return (
    <>
      <AlphaSlider alpha={alpha} onChange={setAlpha} />
      <div class="controls">
        <label>
          {say("More attention for")}{" "}
          <select
            data-control="span"
            value={options.span}
            disabled={!row.closed}
            onChange={({ currentTarget }) => setSpan(currentTarget.value === "context" ? "context" : "user")}
          >
            <option value="user">{say("the user's words")}</option>
            <option value="context">{say("the context")}</option>
          </select>
        </label>
        <label>
          {say("Weaken")}{" "}
          <select
            data-control="keys"
            title={say(
              "The paper's equation weakens every key outside the span, the published code those of the prompt only.",
            )}
            value={keys}
            onChange={({ currentTarget }) => setKeys(currentTarget.value === "prompt" ? "prompt" : "all")}
          >
            <option value="all">{say("every other key (paper)")}</option>
            <option value="prompt">{say("the prompt's others (code)")}</option>
          </select>
        </label>
        <HeadScope steered={steered} />
        <label>
          {say("Other answer")}{" "}
          <input
            type="text"
            data-control="other-answer"
            value={otherAnswer}
            placeholder={say("remembered answer")}
            onChange={({ currentTarget }) => setOthers({ ...others, [place]: currentTarget.value })}
          />
        </label>
      </div>
      {state.picked.length > 0 && <PickedHeads />}
      <Waiting answer={steered.isKnown ? answer : steered.answer} />
      {answer.value && <SteeringComparison steered={answer.value} manner={options} isPending={answer.isPending} />}
      <FigureBox figure={steeringFigure(measured?.points ?? [], options)} />
      {steered.isKnown && !curveAlphas.every((each) => measured?.points.some((point) => point.alpha === each)) && (
        <CurveButton options={options} onMeasured={() => redraw(undefined)} />
      )}
      <HarmGauge manner={options} alpha={steered.isKnown ? rested : null} />
    </>
  );
}

/** Strengths of the curve: the detents, then the harmful range. */
const curveAlphas = [0.98, 0.95, 0.9, 0.8, 0.65, LOWEST_ALPHA];

/** Measures the curve, one strength after the other. */
function CurveButton({ options, onMeasured }: { readonly options: Options; readonly onMeasured: () => void }) {
  const { row, host, answers } = useLens();
  const [running, setRunning] = useState<number | null>(null);
  const measure = async () => {
    for (const alpha of curveAlphas) {
      setRunning(alpha);
      const question = { method: "row/steer", alpha, ...options, maxNewTokens: 0, answers: [] } as const;
      answers.set(questionKey(question), await host.ask(row.rowId, question, new AbortController().signal));
      onMeasured();
    }
  };
  return (
    <p>
      <button
        type="button"
        data-control="curve"
        disabled={running !== null}
        onClick={() =>
          void measure()
            .catch(() => undefined)
            .then(() => setRunning(null))
        }
      >
        {running === null ? say("Measure the whole curve") : say("Measuring alpha {alpha}…", { alpha: running })}
      </button>
    </p>
  );
}
