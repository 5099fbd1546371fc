import type { Row } from "../core/row.ts";
import type { InspectionAnswers, InspectionRequests } from "../protocol/inspection.ts";
import type { LensAnswers, LensQuestion } from "../protocol/lens.ts";

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
}

/** Answers a question of the lens about its row: on the open-book prompt, with the model's own template. */
export async function lensAnswer(
  question: LensQuestion,
  { modelFolder, row }: AskedRow,
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
    case "row/decoded-answers":
      return ask("row/decoded-answers", { ...about, ...question, template }, signal);
    case "row/steer":
      return ask("row/steer", { ...about, ...question, template }, signal);
    case "steering/control":
      return ask("steering/control", { modelFolder, ...question, template }, signal);
  }
}
