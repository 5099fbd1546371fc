import type { Row } from "../core/row.ts";
import type { InspectionAnswers, InspectionRequests } from "../protocol/inspection.ts";
import type { ControlRows, LensAnswers, LensQuestion, SteeringQuestion } from "../protocol/lens.ts";

/** Asks the inference process about one row. */
export type AskInference = <Method extends keyof InspectionRequests>(
  method: Method,
  request: InspectionRequests[Method],
  signal: AbortSignal,
) => Promise<InspectionAnswers[Method]>;

/** A row that questions are about. */
export interface AskedRow {
  readonly modelFolder: string;
  readonly row: Row;
  /** Other rows of the same file, for the control of steering. */
  readonly controls: readonly Row[];
}

/** Answers a question of the lens about its row: on the open-book prompt, with the model's own template. */
export async function lensAnswer(
  question: LensQuestion,
  { modelFolder, row, controls }: AskedRow,
  ask: AskInference,
  signal: AbortSignal,
): Promise<LensAnswers[LensQuestion["method"]]> {
  const about = { modelFolder, row };
  const template = "own" as const;
  switch (question.method) {
    case "row/figures":
      return ask("row/figures", { ...about, template }, signal);
    case "row/ledger":
    case "row/ablation":
      return ask(question.method, about, signal);
    case "rows/dependency":
      return ask("rows/dependency", { modelFolder, rows: [row], layers: null }, signal);
    case "row/token-attention":
      return ask("row/token-attention", { ...about, ...question, template, book: "open" }, signal);
    case "row/pattern":
      return ask("row/pattern", { ...about, ...question, template, book: "open" }, signal);
    case "row/decoding":
      return ask("row/decoding", { ...about, ...question, template }, signal);
    case "row/steer":
      return ask("row/steer", { ...about, ...question, template }, signal);
    case "control":
      return controlRows(question, controls, modelFolder, ask, signal);
  }
}

/** Steers each control row alike and compares its target with itself. */
async function controlRows(
  question: SteeringQuestion,
  controls: readonly Row[],
  modelFolder: string,
  ask: AskInference,
  signal: AbortSignal,
): Promise<ControlRows> {
  const changes: number[] = [];
  for (const row of controls) {
    const options = { ...question, template: "own" as const, maxNewTokens: 0, answers: [] };
    const steered = await ask("row/steer", { modelFolder, row, ...options }, signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return null;
    });
    if (steered) changes.push(mean(steered.after.logProbs) - mean(steered.before.logProbs));
  }
  return { changes, nLeftOut: controls.length - changes.length };
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
