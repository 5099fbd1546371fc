import type { ModelIdentity } from "../core/modelIdentity.ts";
import type { Problem, ProblemData } from "../core/problem.ts";
import type { Row } from "../core/row.ts";
import type { Inspection } from "../engine/inspectRow.ts";
import type { ScoredRow } from "../engine/scoredRow.ts";
import type { HubAnswers } from "./hub.ts";
import type { InspectionAnswers } from "./inspection.ts";
import type { ModelRequest } from "./modelRequest.ts";

/** Names of the messages between a door and the inference process. */
export const inferenceMethods = {
  openModel: "model/open",
  scoreRows: "rows/score",
  inspectRow: "row/inspect",
  rowsScored: "rows/scored",
  warning: "warning",
} as const;

/** Door to process: make this model the current one. The answer is its `ModelIdentity`. */
export type OpenModelRequest = ModelRequest;

/** Door to process: score these rows; `rows/scored` notifications carry the results, the answer comes after the last. */
export interface ScoreRowsRequest extends ModelRequest {
  /** Chosen by the door; repeated in the notifications of this run. */
  readonly runId: number;
  readonly rows: readonly Row[];
  /** Also score the answer alone (IFD). */
  readonly answerOnly: boolean;
  /** Report only rows whose scores are stored; run nothing. */
  readonly storedOnly: boolean;
}

/** Process to door: these rows are done. */
export interface RowsScoredNotification {
  readonly runId: number;
  readonly scored: readonly ScoredRow[];
}

/** Door to process: one row in full. The answer is an `Inspection`. */
export interface InspectRowRequest extends ModelRequest {
  readonly row: Row;
}

/** Process to door: something to tell the user once, which does not stop the work. */
export type WarningNotification = Problem;

/** The answers, by method. */
export interface InferenceAnswers extends HubAnswers, InspectionAnswers {
  readonly "model/open": ModelIdentity;
  readonly "rows/score": null;
  readonly "row/inspect": Inspection;
}

/** What a failed request carries in its JSON-RPC error's `data`: a coded error as plain data. */
export interface CodedErrorData {
  readonly code: string;
  readonly data: ProblemData;
}
