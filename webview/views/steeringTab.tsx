import { useReducer, useState } from "preact/hooks";
import { LOWEST_USEFUL_ALPHA, type SteeredKeys } from "../../src/core/attentionSteering.ts";
import { contextPreference } from "../../src/core/knowledgeConflict.ts";
import { natsText, perplexityText, shareText } from "../../src/figure/numberText.ts";
import type { SteeringPoint } from "../../src/figure/steeringCurve.ts";
import { visibleTokenText } from "../../src/figure/tokenText.ts";
import type { LensAnswers, LensQuestion, SteeringQuestion } from "../../src/protocol/lens.ts";
import { LOWEST_ALPHA, steeringFigure } from "../figures/interventionFigures.ts";
import { questionKey, useAnswer, useLens, useRested } from "../lensContext.ts";
import { say } from "../words.ts";
import { AlphaSlider } from "./alphaSlider.tsx";
import { FigureBox } from "./figureBox.tsx";
import { Waiting } from "./waiting.tsx";

type SteeredRow = LensAnswers["row/steer"];

type Options = Omit<SteeringQuestion, "alpha">;

const askDelayMs = 150;
const answerTokens = 32;

/** What happens when attention on everything but a span is weakened by alpha. */
export function SteeringTab() {
  const { row, state, answers } = useLens();
  const [, redraw] = useReducer((n: number, _: undefined) => n + 1, 0);
  const [alpha, setAlpha] = useState(0.95);
  const [span, setSpan] = useState<"user" | "context">(row.closed ? "context" : "user");
  const [keys, setKeys] = useState<SteeredKeys>("all");
  const [isOneHead, setIsOneHead] = useState(false);
  const [other, setOther] = useState<{ rowId: number; text: string } | null>(null);
  const otherAnswer = other?.rowId === row.rowId ? other.text : (row.otherAnswer ?? "");
  const { layerIdx, head } = state.heads;
  const chosen = layerIdx !== null && typeof head === "number" ? { layerIdx, headIdx: head } : null;
  const target = row.open.texts.slice(row.open.target.start, row.open.target.end).join("");
  const options = {
    span: row.closed ? span : "user",
    keys,
    heads: isOneHead && chosen ? [chosen] : null,
    maxNewTokens: answerTokens,
    answers: otherAnswer.trim() === "" ? [] : [target, otherAnswer],
  } as const satisfies Omit<SteeringQuestion, "alpha">;
  const rested = useRested(alpha, askDelayMs);
  const question = { method: "row/steer", alpha: rested, ...options } as const;
  const answer = useAnswer(question);
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
            value={keys}
            onChange={({ currentTarget }) => setKeys(currentTarget.value === "prompt" ? "prompt" : "all")}
          >
            <option value="all">{say("all other keys (the paper's equation)")}</option>
            <option value="prompt">{say("other keys of the prompt only (the published code)")}</option>
          </select>
        </label>
        <label>
          {say("Heads")}{" "}
          <select
            data-control="heads"
            value={isOneHead && chosen ? "one" : "all"}
            onChange={({ currentTarget }) => setIsOneHead(currentTarget.value === "one")}
          >
            <option value="all">{say("all")}</option>
            <option value="one" disabled={!chosen}>
              {chosen ? say("layer {layerIdx}, head {headIdx}", { ...chosen }) : say("one: choose it in the ledger")}
            </option>
          </select>
        </label>
        <label>
          {say("Other answer")}{" "}
          <input
            type="text"
            data-control="other-answer"
            value={otherAnswer}
            placeholder={say("what the model remembers")}
            onChange={({ currentTarget }) => setOther({ rowId: row.rowId, text: currentTarget.value })}
          />
        </label>
      </div>
      <Waiting answer={answer} />
      {answer.value && <Comparison steered={answer.value} isPending={answer.isPending} />}
      <FigureBox figure={steeringFigure(measuredPoints(answers, options, row.open.logProbs.length))} />
      <CurveButton options={options} onMeasured={() => redraw(undefined)} />
      <HarmGauge options={options} alpha={rested} />
    </>
  );
}

/** The strengths that were measured under the same options, whatever else was asked with them. */
function measuredPoints(answers: Map<string, unknown>, options: Options, nTarget: number): SteeringPoint[] {
  const points = new Map<number, number>();
  for (const [key, value] of answers) {
    const question = JSON.parse(key) as LensQuestion;
    if (question.method !== "row/steer" || optionsKey(question) !== optionsKey(options)) continue;
    const { before, after } = value as SteeredRow;
    points.set(1, mean(before.logProbs.subarray(0, nTarget)));
    points.set(question.alpha, mean(after.logProbs.subarray(0, nTarget)));
  }
  return [...points].map(([alpha, meanLogProb]) => ({ alpha, meanLogProb })).sort((a, b) => b.alpha - a.alpha);
}

/** Equal for options that steer alike. */
function optionsKey({ span, keys, heads }: Options): string {
  return JSON.stringify([span, keys, heads]);
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function Comparison({ steered, isPending }: { readonly steered: SteeredRow; readonly isPending: boolean }) {
  const { row } = useLens();
  const nTarget = row.open.logProbs.length;
  const sides = [
    { name: say("as it is"), side: steered.before },
    { name: say("alpha {alpha}", { alpha: steered.alpha }), side: steered.after },
  ];
  const change = mean(steered.after.logProbs.subarray(0, nTarget)) - mean(steered.before.logProbs.subarray(0, nTarget));
  return (
    <section
      class={isPending ? "table pending" : "table"}
      aria-label={say("Before and after steering")}
      aria-live="polite"
    >
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
                {natsText(mean(side.logProbs.subarray(0, nTarget)))}
                {i === 1 && ` (${natsText(change)})`}
              </td>
            ))}
          </tr>
          <tr>
            <th scope="row">{say("perplexity of the answer")}</th>
            {sides.map(({ name, side }) => (
              <td key={name} class="number">
                {perplexityText(Math.exp(-mean(side.logProbs.subarray(0, nTarget))))}
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
      <p class="note">{say("{count} tokens of the prompt get more attention.", { count: steered.nEmphasised })}</p>
    </section>
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

/** What the same steering does to other rows of the file. */
function HarmGauge({ options, alpha }: { readonly options: Options; readonly alpha: number }) {
  const { row } = useLens();
  const [asked, setAsked] = useState<string | null>(null);
  const question = { method: "control", alpha, ...options, maxNewTokens: 0, answers: [] } as const;
  const isAsked = asked === JSON.stringify([row.rowId, question]);
  const answer = useAnswer(isAsked ? question : null);
  if (row.place.kind !== "dataset") return null;
  const changes = answer.value?.changes ?? [];
  const average = changes.reduce((sum, change) => sum + change, 0) / changes.length;
  return (
    <section class="harm">
      <h3>{say("Harm to other rows")}</h3>
      <p class="note">
        {say("The same steering on up to eight other rows of this file: how their answers' log-probability changes.")}
      </p>
      {!isAsked && (
        <button type="button" data-control="harm" onClick={() => setAsked(JSON.stringify([row.rowId, question]))}>
          {say("Measure the harm at alpha {alpha}", { alpha })}
        </button>
      )}
      <Waiting answer={answer} />
      {isAsked && answer.value && changes.length > 0 && (
        <p class="score">
          <strong>
            {average < -0.005 ? "▼" : average > 0.005 ? "▲" : "·"} {natsText(average)}
          </strong>{" "}
          {say("nats per token on average over {count} rows; worse on {share}.", {
            count: changes.length,
            share: shareText(changes.filter((change) => change < -0.005).length, changes.length),
          })}
          {alpha < LOWEST_USEFUL_ALPHA && ` ${say("Below 0.9 the paper's own scores collapse.")}`}
        </p>
      )}
    </section>
  );
}
