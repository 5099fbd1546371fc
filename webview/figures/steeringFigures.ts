import { LOWEST_USEFUL_ALPHA } from "../../src/core/attentionSteering.ts";
import { contextPreference } from "../../src/core/knowledgeConflict.ts";
import { fineNatsText, natsText, perplexityText } from "../../src/figure/numberText.ts";
import { type SteeringPoint, steeringCurve } from "../../src/figure/steeringCurve.ts";
import { textTable } from "../../src/figure/textTable.ts";
import type { LensAnswers, LensRow } from "../../src/protocol/lens.ts";
import { meanLogProb, type SteeredRow, type SteeringManner } from "../steeringAnswers.ts";
import { say } from "../words.ts";
import type { LensFigure } from "./lensFigure.ts";

/** The slider's end: far into the harmful range, so that the harm can be seen. */
export const LOWEST_ALPHA = 0.5;
/** As many heads as are named one by one. */
const mostHeads = 24;

/** The target against alpha, at the strengths that were measured. */
export function steeringFigure(points: readonly SteeringPoint[], manner: SteeringManner): LensFigure {
  return {
    name: "steering",
    title: say("Log-probability of the answer against alpha"),
    draw: (frame) =>
      steeringCurve({ points, lowestUsefulAlpha: LOWEST_USEFUL_ALPHA, lowestAlpha: LOWEST_ALPHA }, frame),
    table: () => ({
      columns: [say("alpha"), say("mean log p of the answer (nats per token)")],
      rows: points.map((point) => [point.alpha, point.meanLogProb]),
    }),
    note: mannerWords(manner),
  };
}

/** The row as it is beside the row under steering. */
export function comparisonFigure(row: LensRow, steered: SteeredRow, manner: SteeringManner): LensFigure {
  const sides = [steered.before, steered.after];
  const nTarget = row.open.logProbs.length;
  const means = sides.map(({ logProbs }) => meanLogProb(logProbs, nTarget));
  const margins = sides.map(({ answerLogProbs: [own, other] }) =>
    own === undefined || other === undefined ? null : contextPreference(own, other),
  );
  const texts = sides.map(({ answer }) => answer?.text ?? "");
  const columns = ["", say("as it is"), say("alpha {alpha}", { alpha: steered.alpha })];
  const title = say("Before and after steering");
  const margin = say("M_C: this answer against the other");
  const hasMargin = margins[0] !== null;
  return {
    name: "steering-comparison",
    title,
    draw: (frame) => {
      const rows = [
        [say("greedy answer"), ...texts],
        [say("log p of the answer, nats per token"), ...means.map(fineNatsText)],
        [say("perplexity of the answer"), ...means.map((mean) => perplexityText(Math.exp(-mean)))],
        ...(hasMargin ? [[margin, ...margins.map((value) => value?.toFixed(3) ?? "–")]] : []),
      ];
      return textTable(title, { columns, rows }, frame);
    },
    table: () => ({
      columns,
      rows: [
        [say("greedy answer"), ...texts],
        [say("log p of the answer, nats per token"), ...means],
        [say("perplexity of the answer"), ...means.map((mean) => Math.exp(-mean))],
        ...(hasMargin ? [[margin, ...margins]] : []),
      ],
    }),
    note: mannerWords(manner),
  };
}

/** A smaller change of the mean is none, nats per token. */
const leastChange = 0.005;

/** What steering does to the control set in one sentence; it begins with the mean change. */
export function harmWords({ rows }: LensAnswers["steering/control"]): { change: string; words: string } {
  const changes = rows.map(({ before, after }) => after.meanLogProb - before.meanLogProb);
  const average = changes.reduce((sum, change) => sum + change, 0) / changes.length;
  const right = (side: "before" | "after") => rows.filter((row) => row[side].isRight).length;
  const glyph = average < -leastChange ? "▼" : average > leastChange ? "▲" : "·";
  return {
    change: `${glyph} ${natsText(average)}`,
    words: say("nats per token on average over {count} questions; right answers {before} before, {after} after.", {
      count: rows.length,
      before: right("before"),
      after: right("after"),
    }),
  };
}

/** What the same steering does to each question of the control set. */
export function harmFigure(
  control: LensAnswers["steering/control"],
  alpha: number,
  manner: SteeringManner,
): LensFigure {
  const title = say("The control questions at alpha {alpha}", { alpha });
  const harm = harmWords(control);
  const columns = [say("question"), say("known answer"), say("before"), say("after"), say("change (nats per token)")];
  const rows = control.rows.map(({ question, answer, before, after }) => ({
    words: [question, answer, before.text, after.text],
    change: after.meanLogProb - before.meanLogProb,
  }));
  return {
    name: "steering-harm",
    title,
    draw: (frame) =>
      textTable(title, { columns, rows: rows.map(({ words, change }) => [...words, natsText(change)]) }, frame),
    table: () => ({ columns, rows: rows.map(({ words, change }) => [...words, change]) }),
    note: `${harm.change} ${harm.words} ${mannerWords(manner)} ${say("Control set version {version}: {source}", { version: control.version, source: control.source })}`,
  };
}

/** A manner of steering as a sentence. */
export function mannerWords({ span, keys, heads }: SteeringManner): string {
  return say("More attention for {span}; {keys} weakened; heads: {heads}.", {
    span: span === "context" ? say("the context") : say("the user's words"),
    keys: keys === "all" ? say("all other keys") : say("other keys of the prompt"),
    heads: headNames(heads),
  });
}

function headNames(heads: SteeringManner["heads"]): string {
  if (heads === null) return say("all");
  const names = heads.slice(0, mostHeads).map(({ layerIdx, headIdx }) => `L${layerIdx} H${headIdx}`);
  return names.join(", ") + (heads.length > mostHeads ? ", …" : "");
}
