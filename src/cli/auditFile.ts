import { stat } from "node:fs/promises";
import { datasetVerdicts } from "../core/datasetVerdicts.ts";
import { CodedError, type Problem } from "../core/problem.ts";
import { messageText, type Row } from "../core/row.ts";
import { rowMeasures } from "../core/rowMeasures.ts";
import { type FileRecord, fileBytes, readByteRows } from "../dataset/datasetFile.ts";
import type { RecordRows } from "../dataset/datasetRows.ts";
import type { Shape } from "../dataset/shape.ts";
import { dependencyScores } from "../engine/dependencyScores.ts";
import type { InspectableModel } from "../engine/inspectableModel.ts";
import { scoreRows } from "../engine/scoreRows.ts";
import type { ScoreStore } from "../engine/scoreStore.ts";
import type { AuditFile, AuditProblem, AuditRow } from "../report/audit.ts";
import { excerpt } from "./plainText.ts";
import { auditProblem } from "./problemWords.ts";
import type { Progress } from "./progress.ts";

/** Rows are scored in windows: enough to fill batches with rows of like length, few enough that memory does not grow with the file. */
const windowRows = 512;

/** How a file is audited. */
export interface AuditFileOptions {
  readonly quantile: number;
  /** Also score each answer alone, for IFD. */
  readonly answerOnly: boolean;
  /** The layer of the context-dependency score, which is not measured without one. */
  readonly dependencyLayerIdx: number | undefined;
  readonly shape: Shape | undefined;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly onWarning: (problem: Problem) => void;
}

type Draft = { -readonly [Key in keyof AuditRow]: AuditRow[Key] };

/**
 * Scores a file of any size row by row and judges it as one dataset. An aborted run keeps what was scored.
 * @throws CodedError `cli/file-missing`, `cli/file-unreadable`; what the model throws.
 */
export async function auditFile(
  path: string,
  model: InspectableModel,
  store: ScoreStore | null,
  options: AuditFileOptions,
): Promise<AuditFile> {
  const sizeBytes = await fileSizeBytes(path);
  const drafts: Draft[] = [];
  const problems: AuditProblem[] = [];
  const scorer = new WindowScorer(model, store, options);
  let isComplete = true;
  try {
    for await (const record of fileRecords(path, options.shape)) {
      const { rows, ofFile } = rowDrafts(record, options.dependencyLayerIdx !== undefined);
      problems.push(...ofFile);
      drafts.push(...rows.map(({ draft }) => draft));
      for (const { draft, row } of rows) if (row) scorer.add(draft, row);
      const fraction = record.record.endByte / sizeBytes;
      if (scorer.isFull) await scorer.score((nScored) => options.progress.update(nScored, fraction));
    }
    await scorer.score((nScored) => options.progress.update(nScored, 1));
  } catch (error) {
    if (!(error instanceof CodedError && error.code === "cancelled")) throw error;
    isComplete = false;
  }
  // What an aborted run did not come to is not in the output: it has neither numbers nor a problem.
  const rows = isComplete ? drafts : drafts.filter((draft) => draft.measures !== null || draft.problems.length > 0);
  const verdicts = datasetVerdicts(
    rows.map((row) => row.measures),
    options.quantile,
  );
  return { name: path, rows, verdicts, problems, isComplete };
}

/** The size of a file that can be read. */
export async function fileSizeBytes(path: string): Promise<number> {
  try {
    const { size, isDirectory } = await stat(path).then((found) => ({
      size: found.size,
      isDirectory: found.isDirectory(),
    }));
    if (isDirectory) throw new CodedError("cli/file-unreadable", { file: path, reason: "it is a folder" });
    return size;
  } catch (error) {
    throw readError(path, error);
  }
}

/**
 * The records of a file with their rows, one by one.
 * @throws CodedError `cli/file-missing`, `cli/file-unreadable`.
 */
export async function* fileRecords(path: string, shape: Shape | undefined): AsyncGenerator<RecordRows<FileRecord>> {
  try {
    for await (const records of readByteRows(fileBytes(path), { shape })) yield* records;
  } catch (error) {
    throw readError(path, error);
  }
}

export function readError(path: string, error: unknown): Error {
  if (error instanceof CodedError) return error;
  const reason = (error as NodeJS.ErrnoException).code ?? String(error);
  return reason === "ENOENT"
    ? new CodedError("cli/file-missing", { file: path }, { cause: error })
    : new CodedError("cli/file-unreadable", { file: path, reason }, { cause: error });
}

interface RecordDrafts {
  readonly rows: readonly { readonly draft: Draft; readonly row: Row | null }[];
  readonly ofFile: readonly AuditProblem[];
}

/** The rows of a record. One that should hold rows and does not becomes a row without numbers, so that nothing is dropped silently. */
function rowDrafts({ record, rows, problems }: RecordRows, withDependency: boolean): RecordDrafts {
  const words = problems.map(auditProblem);
  const noNumbers = { measures: null, ...(withDependency ? { dependency: null } : {}) };
  if (rows.length > 0) {
    const drafts = rows.map(({ row, line, recordIdx, turnIdx, shapeName }, i) => ({
      row,
      draft: {
        ...{ line, recordIdx, turnIdx, shape: shapeName, ...noNumbers },
        question: excerpt(lastQuestion(row)),
        answer: excerpt(row.target.text),
        problems: i === 0 ? words : [],
      },
    }));
    return { rows: drafts, ofFile: [] };
  }
  const { line, recordIdx } = record;
  const isOnlyLayout = record.value === null && problems.every(({ severity }) => severity !== "error");
  if (isOnlyLayout)
    return { rows: [], ofFile: problems.map((problem) => ({ ...auditProblem(problem), column: null })) };
  const draft = {
    ...{ line, recordIdx, turnIdx: 0, shape: null, ...noNumbers },
    question: "",
    answer: "",
    problems: words,
  };
  return { rows: [{ draft, row: null }], ofFile: [] };
}

function lastQuestion(row: Row): string {
  const message = row.prompt.findLast(({ role }) => role === "user");
  return message ? messageText(message, "closed") : "";
}

/** Gathers rows and scores them window by window. */
class WindowScorer {
  readonly #model: InspectableModel;
  readonly #store: ScoreStore | null;
  readonly #options: AuditFileOptions;
  #window: { readonly draft: Draft; readonly row: Row }[] = [];
  #nScored = 0;
  #nDependencies = 0;

  constructor(model: InspectableModel, store: ScoreStore | null, options: AuditFileOptions) {
    this.#model = model;
    this.#store = store;
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#window.length >= windowRows;
  }

  add(draft: Draft, row: Row): void {
    this.#window.push({ draft, row });
  }

  async score(onScored: (nScored: number) => void): Promise<void> {
    const window = this.#window;
    this.#window = [];
    const { answerOnly, signal, onWarning } = this.#options;
    await scoreRows(
      window.map(({ row }) => row),
      this.#model,
      this.#store,
      {
        answerOnly,
        signal,
        onWarning,
        onScored: (scored) => {
          for (const { rowIdx, logProbs, problems } of scored) {
            const draft = window[rowIdx]?.draft;
            if (!draft) continue;
            draft.measures = logProbs && rowMeasures(logProbs);
            draft.problems = [...draft.problems, ...problems.map(auditProblem)];
          }
          this.#nScored += scored.length;
          onScored(this.#nDone);
        },
      },
    );
    for (const { draft, row } of window) {
      await this.#scoreDependency(draft, row);
      onScored(this.#nDone);
    }
  }

  /** A row that two things are measured of is half done after the first. */
  get #nDone(): number {
    const hasTwo = this.#options.dependencyLayerIdx !== undefined;
    return hasTwo ? Math.floor((this.#nScored + this.#nDependencies) / 2) : this.#nScored;
  }

  async #scoreDependency(draft: Draft, row: Row): Promise<void> {
    const { dependencyLayerIdx: layerIdx, signal } = this.#options;
    if (layerIdx === undefined) return;
    this.#nDependencies++;
    // What keeps a row from being scored has been said.
    if (draft.measures === null) return;
    const [turn] = await dependencyScores([row], this.#model, { layers: [layerIdx], signal });
    const score = turn?.layers[0]?.score ?? Number.NaN;
    draft.dependency = Number.isNaN(score) ? null : score;
    draft.problems = [...draft.problems, ...(turn?.problems ?? []).map(auditProblem)];
  }
}
