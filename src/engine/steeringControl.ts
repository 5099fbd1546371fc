import controlSet from "../../media/controlSet.json" with { type: "json" };
import { containsAnswer } from "../core/answerContainment.ts";
import { CodedError } from "../core/problem.ts";
import type { Row } from "../core/row.ts";
import { spanLength } from "../core/span.ts";
import type { InspectableModel } from "./inspectableModel.ts";
import { rowBooks } from "./rowBooks.ts";
import { type SteeredSide, type SteeringOptions, steerRow } from "./steerRow.ts";
import type { UnsteeredRows } from "./unsteeredRows.ts";

/** How a control question was answered under one strength. */
export interface ControlSide {
  /** Of the known answer, nats per token. */
  readonly meanLogProb: number;
  /** The model's own greedy answer. */
  readonly text: string;
  /** The known answer is in it, as `core/answerContainment.ts` compares. */
  readonly isRight: boolean;
}

/** One question of the control set, with and without steering. */
export interface ControlRow {
  /** `reading`: the answer stands in the passage. `knowledge`: the passage is about something else. */
  readonly kind: "reading" | "knowledge";
  readonly question: string;
  readonly answer: string;
  readonly before: ControlSide;
  readonly after: ControlSide;
}

/** What steering does to questions that it is not meant for. */
export interface SteeringControl {
  /** Of the control set: its questions change with it. */
  readonly version: number;
  /** What the set is and who wrote it. */
  readonly source: string;
  readonly rows: readonly ControlRow[];
  /** Questions that this model cannot be asked, e.g. because they are longer than its window. */
  readonly nLeftOut: number;
}

/** The known answers are a word or two; an answer in a whole sentence fits too. */
const maxNewTokens = 16;

/**
 * Steers the fixed control set of `media/controlSet.json` alike: a dozen short questions, each with a passage and a known
 * answer. In half of them the passage gives the answer, in the other half it is beside the point, so that both a model
 * that no longer reads and one that is led away by what it reads show.
 * @throws CodedError `measure/alpha-out-of-range`, `measure/head-out-of-range`, `measure/heads-unknown`, `cancelled`.
 */
export async function steeringControl(
  model: InspectableModel,
  options: Omit<SteeringOptions, "maxNewTokens" | "answers">,
  signal: AbortSignal,
  unsteered: UnsteeredRows,
): Promise<SteeringControl> {
  const rows: ControlRow[] = [];
  for (const { kind, context, question, answer } of controlSet.rows) {
    const row = controlRow(context, question, answer);
    const steered = await steerRow(row, model, { ...options, maxNewTokens, answers: [] }, signal, unsteered).catch(
      (error: unknown) => {
        if (error instanceof CodedError && error.code.startsWith("row/")) return null;
        throw error;
      },
    );
    if (!steered) continue;
    const nTokens = spanLength(rowBooks(row, model, options.template).open.prompt.target);
    const side = ({ logProbs, answer: said }: SteeredSide): ControlSide => {
      const text = said?.text ?? "";
      const meanLogProb = logProbs.subarray(0, nTokens).reduce((sum, each) => sum + each, 0) / nTokens;
      return { meanLogProb, text, isRight: containsAnswer(text, [answer]) };
    };
    const isReading = kind === "reading";
    rows.push({
      kind: isReading ? "reading" : "knowledge",
      question,
      answer,
      before: side(steered.before),
      after: side(steered.after),
    });
  }
  const { version, source } = controlSet;
  return { version, source, rows, nLeftOut: controlSet.rows.length - rows.length };
}

function controlRow(context: string, question: string, answer: string): Row {
  return {
    prompt: [
      {
        role: "user",
        parts: [
          { kind: "context", text: context },
          { kind: "separator", text: "\n\n" },
          { kind: "text", text: question },
        ],
      },
    ],
    target: { kind: "text", text: answer },
  };
}
