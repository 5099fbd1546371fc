import { useState } from "preact/hooks";
import { ablationFigure, ablationNote, tauText, tauWords } from "../figures/interventionFigures.ts";
import { useAnswer, useLens } from "../lensContext.ts";
import { count, say } from "../words.ts";
import { FigureBox } from "./figureBox.tsx";
import { Waiting } from "./waiting.tsx";

/** Removes each sentence of the context and compares what the answer loses with the attention the sentence gets. */
export function AblationTab() {
  const { row, answers } = useLens();
  const [askedRowId, setAskedRowId] = useState<number | null>(null);
  const isAsked = askedRowId === row.rowId || answers.has('{"method":"row/ablation"}');
  const answer = useAnswer(isAsked && row.closed ? { method: "row/ablation" } : null);
  if (!row.closed) return <p class="problem">{say("The row has no context to take sentences from.")}</p>;
  return (
    <>
      <p class="note">
        {say("One pass per sentence of the context, at most 64. ≠ marks sentences whose two ranks are far apart.")}
      </p>
      {!isAsked && (
        <button type="button" data-control="ablate" onClick={() => setAskedRowId(row.rowId)}>
          {say("Remove each sentence")}
        </button>
      )}
      <Waiting answer={answer} />
      {answer.value && (
        <>
          <p class="score">
            <strong data-number="tau">{say("Kendall's tau {tau}", { tau: tauText(answer.value.tau) })}</strong>{" "}
            {tauWords(answer.value.tau, answer.value.sentences.length)}
            {answer.value.nSentences > answer.value.sentences.length &&
              ` ${say("{count} sentences were joined to {kept}.", { count: count(answer.value.nSentences), kept: answer.value.sentences.length })}`}
          </p>
          <FigureBox figure={ablationFigure(answer.value)} hasNote={false} />
          <p class="note">{ablationNote()}</p>
        </>
      )}
    </>
  );
}
