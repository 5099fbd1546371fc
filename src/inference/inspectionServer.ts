import { contextDecoding } from "../engine/contextDecoding.ts";
import { decodedAnswers } from "../engine/decodedAnswers.ts";
import { dependencyScores } from "../engine/dependencyScores.ts";
import { generateAnswer } from "../engine/generateAnswer.ts";
import type { InspectableModel } from "../engine/inspectableModel.ts";
import { rowPattern, tokenAttention } from "../engine/rowAttention.ts";
import { rowFigures } from "../engine/rowFigures.ts";
import { rowLedger } from "../engine/rowLedger.ts";
import { sentenceAblation } from "../engine/sentenceAblation.ts";
import { steeringControl } from "../engine/steeringControl.ts";
import { steerRow } from "../engine/steerRow.ts";
import { UnsteeredRows } from "../engine/unsteeredRows.ts";
import { type InspectionAnswers, type InspectionRequests, inspectionMethods } from "../protocol/inspection.ts";

/** How each request of `protocol/inspection.ts` is answered. */
type InspectionHandlers = {
  readonly [Method in keyof InspectionRequests]: (
    request: InspectionRequests[Method],
    model: InspectableModel,
    signal: AbortSignal,
  ) => Promise<InspectionAnswers[Method]>;
};

const unsteered = new UnsteeredRows();

const handlers: InspectionHandlers = {
  "row/figures": ({ row, template }, model, signal) => rowFigures(row, model, { template, signal }),
  "row/ledger": ({ row }, model, signal) => rowLedger(row, model, signal),
  "row/pattern": ({ row, ...options }, model) => rowPattern(row, model, options),
  "row/token-attention": ({ row, ...options }, model) => tokenAttention(row, model, options),
  "rows/dependency": ({ rows, layers }, model, signal) => dependencyScores(rows, model, { layers, signal }),
  "row/steer": ({ row, ...options }, model, signal) => steerRow(row, model, options, signal, unsteered),
  "steering/control": (options, model, signal) => steeringControl(model, options, signal, unsteered),
  "row/generate": ({ row, ...options }, model, signal) => generateAnswer(row, model, { ...options, signal }),
  "row/decoding": ({ row, template, targetIdx }, model, signal) =>
    contextDecoding(row, model, { template, targetIdx, signal }),
  "row/decoded-answers": ({ row, ...options }, model, signal) => decodedAnswers(row, model, { ...options, signal }),
  "row/ablation": ({ row }, model, signal) => sentenceAblation(row, model, signal),
};

type AnyHandler = (request: object, model: InspectableModel, signal: AbortSignal) => Promise<unknown>;

/** Registers every look into a row with what serves requests of the inference process. */
export function serveInspection(
  serve: (
    method: string,
    answer: (request: object, model: InspectableModel, signal: AbortSignal) => Promise<unknown>,
  ) => void,
): void {
  // Each handler takes the request of its own method, which the connection delivers under that name alone.
  for (const method of inspectionMethods) serve(method, handlers[method] as AnyHandler);
}
