import { Diagnostic, DiagnosticSeverity, type Disposable, languages, workspace } from "vscode";
import type { RowVerdict } from "../../core/datasetVerdicts.ts";
import type { Problem } from "../../core/problem.ts";
import type { RowMeasures } from "../../core/rowMeasures.ts";
import type { Span } from "../../core/span.ts";
import { explainUri } from "../commands/explainVerdict.ts";
import type { DatasetDocument } from "../datasetDocument.ts";
import type { DatasetDocuments } from "../datasetDocuments.ts";
import { problemSentence } from "../problemSentence.ts";
import { flagMessage } from "../rowWords.ts";
import { maxDiagnosticsSetting } from "../settings.ts";

/** Least time between two redraws of one file's diagnostics; the first change after a pause is shown at once. */
const redrawMs = 150;

/** A diagnostic before its text and range are made: there may be more of them than are shown. */
interface Mark {
  readonly slotIdx: number;
  readonly severity: DiagnosticSeverity;
  /** Among those of one severity, lowest first. */
  readonly rank: number;
  readonly span: Span;
  readonly problem?: Problem;
  readonly flag?: { readonly measures: RowMeasures; readonly verdict: RowVerdict };
}

/** What is on the screen. A change of the text is not made to wait for a drawing that had another reason. */
interface Drawing {
  readonly atMs: number;
  readonly editedMs: number;
  readonly version: number;
  readonly judgement: unknown;
}

/** Shows flagged rows and bad rows as diagnostics, worst first, as many as the setting allows. */
export class Flags {
  readonly #collection = languages.createDiagnosticCollection("contextReliance");
  readonly #drawn = new Map<DatasetDocument, Drawing>();
  readonly #timers = new Map<DatasetDocument, NodeJS.Timeout>();
  readonly #subscriptions: Disposable[];

  constructor(datasets: DatasetDocuments) {
    this.#subscriptions = [
      datasets.onDidChange((dataset) => this.#redraw(dataset)),
      datasets.onDidClose((dataset) => this.#forget(dataset)),
      workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration("contextReliance.diagnostics.max")) return;
        for (const dataset of datasets.all()) this.#draw(dataset);
      }),
    ];
  }

  #redraw(dataset: DatasetDocument): void {
    const drawn = this.#drawn.get(dataset);
    const isJudgedAnew = (dataset.scored?.judgement ?? null) !== (drawn?.judgement ?? null);
    const isEdited = dataset.document.version !== drawn?.version;
    const beforeMs = (isEdited ? drawn?.editedMs : drawn?.atMs) ?? 0;
    if (isJudgedAnew || performance.now() - beforeMs >= redrawMs) this.#draw(dataset);
    else if (!this.#timers.has(dataset))
      this.#timers.set(
        dataset,
        setTimeout(() => this.#draw(dataset), redrawMs),
      );
  }

  #draw(dataset: DatasetDocument): void {
    clearTimeout(this.#timers.get(dataset));
    this.#timers.delete(dataset);
    const drawn = this.#drawn.get(dataset);
    const { version } = dataset.document;
    const atMs = performance.now();
    const editedMs = version === drawn?.version ? drawn.editedMs : atMs;
    this.#drawn.set(dataset, { atMs, editedMs, version, judgement: dataset.scored?.judgement ?? null });
    const { document } = dataset;
    const marks = findMarks(dataset).sort((a, b) => a.severity - b.severity || a.rank - b.rank);
    const shown = marks.slice(0, maxDiagnosticsSetting(document));
    this.#collection.set(
      document.uri,
      shown.map((mark) => this.#diagnostic(dataset, mark)),
    );
  }

  #diagnostic(dataset: DatasetDocument, { slotIdx, severity, span, problem, flag }: Mark): Diagnostic {
    const range = slotIdx === -1 ? dataset.range(span) : dataset.rangeInSlot(slotIdx, span);
    const message = flag
      ? flagMessage(flag.measures, flag.verdict, dataset.model?.name ?? "")
      : problemSentence(problem ?? { code: "", data: {} });
    const diagnostic = new Diagnostic(range, message, severity);
    diagnostic.source = "Context Reliance";
    const value = flag?.verdict.verdict ?? problem?.code ?? "";
    diagnostic.code = flag ? { value, target: explainUri(flag.verdict.verdict) } : value;
    return diagnostic;
  }

  #forget(dataset: DatasetDocument): void {
    clearTimeout(this.#timers.get(dataset));
    this.#timers.delete(dataset);
    this.#drawn.delete(dataset);
    this.#collection.delete(dataset.document.uri);
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const subscription of [...this.#subscriptions, this.#collection]) subscription.dispose();
  }
}

function findMarks(dataset: DatasetDocument): Mark[] {
  const { scored } = dataset;
  if (!scored) return [];
  const marks: Mark[] = dataset.layoutProblems.map(({ problem, span }) => ({
    slotIdx: -1,
    severity: DiagnosticSeverity.Warning,
    rank: span.start,
    span,
    problem,
  }));
  for (let slotIdx = 0; slotIdx < scored.nSlots; slotIdx++) {
    const record = scored.slot(slotIdx);
    if (record === null || record === "blank") continue;
    for (const { problem, span } of record.problems) {
      marks.push({ slotIdx, severity: severityOf(problem), rank: slotIdx, span, problem });
    }
    for (const [rowIdx, row] of record.rows.entries()) {
      const span = record.places[rowIdx]?.head;
      if (!span) continue;
      if (row.kind === "unscorable") {
        marks.push({ slotIdx, severity: DiagnosticSeverity.Warning, rank: slotIdx, span, problem: row.problem });
      }
      const verdict = scored.verdict(record, rowIdx);
      if (row.kind !== "scored" || !verdict?.flagged) continue;
      const flag = { measures: row.measures, verdict };
      marks.push({ slotIdx, severity: DiagnosticSeverity.Information, rank: verdict.rank ?? 0, span, flag });
    }
  }
  return marks;
}

function severityOf({ severity }: Problem): DiagnosticSeverity {
  if (severity === "error") return DiagnosticSeverity.Error;
  return severity === "warning" ? DiagnosticSeverity.Warning : DiagnosticSeverity.Information;
}
