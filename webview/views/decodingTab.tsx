import { useEffect, useState } from "preact/hooks";
import { visibleTokenText } from "../../src/figure/tokenText.ts";
import type { LensAnswers } from "../../src/protocol/lens.ts";
import { decodedAnswersFigure, decodingFigure, placesFigure } from "../figures/interventionFigures.ts";
import { questionKey, useAnswer, useChoice, useLens, useRested } from "../lensContext.ts";
import { say } from "../words.ts";
import { FigureBox } from "./figureBox.tsx";
import { Waiting } from "./waiting.tsx";

type ContextDecoding = LensAnswers["row/decoding"];

/** As many places of the answer as are asked for at once. */
const mostPlaces = 24;
/** Moving along the answer asks only where it rests. */
const askDelayMs = 120;
/** Length of the whole answers. */
const answerTokens = 32;

/** What context-aware decoding would say, from the two passes. */
export function DecodingTab() {
  const { row, state } = useLens();
  const targetIdx = useRested(state.tokenIdx, askDelayMs);
  const answer = useAnswer(row.closed ? { method: "row/decoding", targetIdx } : null);
  if (!row.closed) return <p class="problem">{say("The row has no context to compare with.")}</p>;
  return (
    <>
      <p class="note">
        {say(
          "p is proportional to p(with context)^(1 + alpha) / p(without)^alpha: alpha 0 is the model as it is, a larger alpha follows the context more. Choose a token of the answer above.",
        )}
      </p>
      <Waiting answer={answer} />
      {answer.value && <FigureBox figure={decodingFigure(row, answer.value)} isPending={answer.isPending} />}
      {answer.value && <FlipWords decoding={answer.value} />}
      <WholeAnswers />
      <AnswerChoices />
    </>
  );
}

function FlipWords({ decoding: { flip } }: { readonly decoding: ContextDecoding }) {
  if (!flip) return <p class="score">{say("No alpha changes the most probable token here.")}</p>;
  return (
    <p class="score">
      {say("From alpha")} <strong>{flip.alpha.toFixed(3)}</strong> {say("on the most probable token is")}{" "}
      <bdi class="token-word">{visibleTokenText(flip.to.text).slice(0, 60)}</bdi> {say("instead of")}{" "}
      <bdi class="token-word">{visibleTokenText(flip.from.text).slice(0, 60)}</bdi>.
    </p>
  );
}

/** What the model would say at each strength, not held to the answer of the row. */
function WholeAnswers() {
  const [isAsked, setIsAsked] = useChoice("decoding/answers", false);
  const answer = useAnswer(isAsked ? { method: "row/decoded-answers", maxNewTokens: answerTokens } : null);
  if (!isAsked)
    return (
      <p>
        <button type="button" data-control="whole-answers" onClick={() => setIsAsked(true)}>
          {say("Whole answers")}
        </button>
      </p>
    );
  return (
    <>
      <Waiting answer={answer} />
      {answer.value && <FigureBox figure={decodedAnswersFigure(answer.value)} isPending={answer.isPending} />}
    </>
  );
}

/** The most probable token at every place of the answer, each after the answer's own tokens before it. */
function AnswerChoices() {
  const { row, host, answers } = useLens();
  const [places, setPlaces] = useState<{ rowId: number; decodings: ContextDecoding[] } | null>(null);
  const [isAsked, setIsAsked] = useChoice("decoding/places", false);
  const nPlaces = Math.min(mostPlaces, row.open.logProbs.length);
  useEffect(() => {
    if (!isAsked) return;
    const abort = new AbortController();
    const askAll = async () => {
      const decodings: ContextDecoding[] = [];
      for (let targetIdx = 0; targetIdx < nPlaces && !abort.signal.aborted; targetIdx++) {
        const question = { method: "row/decoding", targetIdx } as const;
        const known = answers.get(questionKey(question)) as ContextDecoding | undefined;
        const decoding = known ?? (await host.ask(row.rowId, question, abort.signal));
        answers.set(questionKey(question), decoding);
        decodings.push(decoding);
        setPlaces({ rowId: row.rowId, decodings: [...decodings] });
      }
    };
    askAll().catch(() => setIsAsked(false));
    return () => abort.abort();
  }, [isAsked, row.rowId]);
  const shown = places?.rowId === row.rowId ? places.decodings : [];
  if (!isAsked)
    return (
      <p>
        <button type="button" data-control="every-place" onClick={() => setIsAsked(true)}>
          {say("Every place of the answer")}
        </button>
      </p>
    );
  return (
    <FigureBox figure={placesFigure(row, shown)} isPending={shown.length < nPlaces}>
      <PlaceTable decodings={shown} />
    </FigureBox>
  );
}

/** Places at which the model says the answer's own token are bold. */
function PlaceTable({ decodings }: { readonly decodings: readonly ContextDecoding[] }) {
  const alphas = decodings[0]?.choices.map(({ alpha }) => alpha) ?? [];
  return (
    <section class="table" aria-label={say("Most probable token at each place of the answer")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{say("answer")}</th>
            {alphas.map((alpha) => (
              <th key={alpha} scope="col">
                {say("alpha {alpha}", { alpha })}
              </th>
            ))}
            <th scope="col">{say("flips at")}</th>
          </tr>
        </thead>
        <tbody>
          {decodings.map((decoding) => (
            <PlaceRow key={decoding.targetIdx} decoding={decoding} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function PlaceRow({ decoding: { targetIdx, choices, flip } }: { readonly decoding: ContextDecoding }) {
  const { row } = useLens();
  const place = row.open.target.start + targetIdx;
  return (
    <tr>
      <th scope="row">
        <bdi>{visibleTokenText(row.open.texts[place] ?? "").slice(0, 60)}</bdi>
      </th>
      {choices.map(({ alpha, top }) => (
        <td key={alpha} class={top[0]?.tokenId === row.open.tokenIds[place] ? "same" : ""}>
          <bdi>{visibleTokenText(top[0]?.text ?? "").slice(0, 60)}</bdi>
        </td>
      ))}
      <td class="number">{flip ? flip.alpha.toFixed(3) : "–"}</td>
    </tr>
  );
}
