import { useMemo } from "preact/hooks";
import { patternLevels } from "../../src/figure/patternLevels.ts";
import type { LensAnswers } from "../../src/protocol/lens.ts";
import { causalNote } from "../figures/attentionFigures.ts";
import { type PatternName, patternFigure } from "../figures/patternFigure.ts";
import { useAnswer, useChoice, useLens } from "../lensContext.ts";
import { say } from "../words.ts";
import { HeadControls } from "./headControls.tsx";
import { PatternCanvas } from "./patternCanvas.tsx";
import { Waiting } from "./waiting.tsx";

type RowPattern = LensAnswers["row/pattern"];

/** The whole attention pattern of one layer, drawn when it is asked for. */
export function PatternTab() {
  const { row, state } = useLens();
  const [isAsked, setIsAsked] = useChoice("pattern/asked", false);
  const layerIdx = state.heads.layerIdx ?? Math.floor(row.model.nLayers / 2);
  const answer = useAnswer(isAsked ? { method: "row/pattern", layerIdx, heads: state.heads.head } : null);
  const { value } = answer;
  if (!isAsked)
    return (
      <p>
        <button type="button" data-control="pattern" onClick={() => setIsAsked(true)}>
          {say("Show the pattern of layer {layerIdx}", { layerIdx })}
        </button>
      </p>
    );
  return (
    <>
      <div class="controls">
        <HeadControls nLayers={row.model.nLayers} nHeads={value?.nHeads ?? 1} hasAllLayers={false} />
      </div>
      <Waiting answer={answer} />
      {value && <Pattern pattern={value} heads={state.heads.head} isPending={answer.isPending} />}
      <p class="note">{causalNote()}</p>
    </>
  );
}

interface PatternProps {
  readonly pattern: RowPattern;
  readonly heads: PatternName["heads"];
  readonly isPending: boolean;
}

function Pattern({ pattern, heads, isPending }: PatternProps) {
  const { row } = useLens();
  const { values, nTokens, layerIdx } = pattern;
  const levels = useMemo(() => patternLevels(values, nTokens), [values, nTokens]);
  return (
    <PatternCanvas levels={levels} figure={patternFigure(row, levels, { layerIdx, heads })} isPending={isPending} />
  );
}
