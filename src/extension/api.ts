import type { Event, Uri } from "vscode";
import type { DatasetVerdicts, RowVerdict } from "../core/datasetVerdicts.ts";
import type { RowMeasures } from "../core/rowMeasures.ts";
import type { DatasetDocuments } from "./datasetDocuments.ts";
import type { Inference, ModelIdentity } from "./inference.ts";
import type { DocumentCounts } from "./scoredDocument.ts";

/** A row of an open dataset as other extensions see it. */
export interface ApiRow {
  /** Line of the document on which the row is marked, counted from 0. */
  readonly line: number;
  /** Which target of the record, counted from 0. */
  readonly rowIdx: number;
  readonly state: "unscored" | "scored" | "unscorable";
  readonly measures: RowMeasures | null;
  readonly verdict: RowVerdict | null;
}

/** What a dataset comes to. */
export interface ApiDataset {
  readonly rows: readonly ApiRow[];
  readonly counts: DocumentCounts;
  /** Null until every row has its answer. */
  readonly judgement: Omit<DatasetVerdicts, "rows"> | null;
  readonly model: ModelIdentity | null;
  readonly isScoring: boolean;
}

/**
 * What `activate` returns: the numbers of open datasets, read-only. Other extensions get it with
 * `extensions.getExtension("context-reliance.context-reliance").exports`.
 */
export interface ContextRelianceApi {
  readonly version: 1;
  /** How long `activate` took. */
  readonly activationMs: number;
  /** Process id while the inference process runs. */
  readonly inferenceProcessId: number | undefined;
  /** Null for a document that is not open or was not scored. */
  dataset(uri: Uri): ApiDataset | null;
  /** A dataset's numbers, verdicts or text changed. */
  readonly onDidChange: Event<unknown>;
}

/** The read-only view of what the extension knows. */
export function createApi(
  datasets: DatasetDocuments,
  inference: Inference,
  activationMs: () => number,
): ContextRelianceApi {
  return {
    version: 1,
    get activationMs() {
      return activationMs();
    },
    get inferenceProcessId() {
      return inference.processId;
    },
    dataset: (uri) => apiDataset(datasets, uri),
    onDidChange: datasets.onDidChange,
  };
}

function apiDataset(datasets: DatasetDocuments, uri: Uri): ApiDataset | null {
  const dataset = datasets.of(uri);
  const scored = dataset?.scored;
  if (!dataset || !scored) return null;
  const rows: ApiRow[] = [];
  for (let slotIdx = 0; slotIdx < scored.nSlots; slotIdx++) {
    const record = scored.slot(slotIdx);
    if (record === null || record === "blank") continue;
    for (const [rowIdx, row] of record.rows.entries()) {
      const head = record.places[rowIdx]?.head ?? { start: 0, end: 0 };
      rows.push({
        line: dataset.rangeInSlot(slotIdx, head).start.line,
        rowIdx,
        state: row.kind,
        measures: row.kind === "scored" ? row.measures : null,
        verdict: scored.verdict(record, rowIdx),
      });
    }
  }
  return {
    rows,
    counts: scored.counts(),
    judgement: scored.judgement,
    model: dataset.model,
    isScoring: dataset.run !== null,
  };
}
