import { setImmediate } from "node:timers/promises";
import { CodedError, type Problem } from "../core/problem.ts";
import type { Book, Row } from "../core/row.ts";
import type { RowLogProbs } from "../core/rowLogProbs.ts";
import { batches } from "./batches.ts";
import type { LanguageModel, TokenSequence } from "./languageModel.ts";
import { rowSequences } from "./rowSequences.ts";
import type { ScoredRow } from "./scoredRow.ts";
import { scoreKey } from "./scoreKey.ts";
import type { ScoreStore, StoredScore } from "./scoreStore.ts";

/** How a run of scoring is made and whom it tells. */
export interface ScoreOptions {
  /** Also score the answer alone, which IFD needs: a third run per row. */
  readonly answerOnly: boolean;
  /** Report only what the store knows; run nothing. */
  readonly storedOnly?: boolean;
  readonly signal: AbortSignal;
  /** Called with rows as they are done, each row once. */
  readonly onScored: (rows: readonly ScoredRow[]) => void;
  /** Called for what does not stop the run, such as a store that cannot be written. */
  readonly onWarning: (problem: Problem) => void;
}

/** A row under way: its books arrive in different batches. */
interface PendingRow {
  readonly rowIdx: number;
  readonly key: string;
  nMissingBooks: number;
  readonly nTargetTokens: number;
  readonly books: Map<Book, Float32Array>;
}

/**
 * Scores rows open-book and closed-book: from the store where they are known, else through the model in batches of
 * similar length. Rows are reported as they are done, in no order. An aborted run ends after the batch in flight,
 * with `CodedError("cancelled")`; what was reported is kept.
 */
export async function scoreRows(
  rows: readonly Row[],
  model: LanguageModel,
  store: ScoreStore | null,
  options: ScoreOptions,
): Promise<void> {
  const keys = rows.map((row) => scoreKey(model.identity, row));
  const known = readStore(store, keys, options);
  const { ready, sequences } = plan(rows, keys, known, model, options);
  if (ready.length > 0) options.onScored(ready);

  for (const entries of batchesInTurn(sequences)) {
    // The runtime blocks the event loop while it runs: this pause lets a cancel request in.
    await setImmediate();
    if (options.signal.aborted) throw new CodedError("cancelled");
    const logProbs = await model.logProbs(entries.map((entry) => entry.sequence));
    const done: ScoredRow[] = [];
    for (const [idx, entry] of entries.entries()) {
      entry.row.books.set(entry.book, logProbs[idx] ?? new Float32Array());
      entry.row.nMissingBooks--;
      if (entry.row.nMissingBooks === 0) done.push(finish(entry.row));
    }
    writeStore(store, done, options);
    if (done.length > 0) options.onScored(done);
  }
}

/** What is known before the model runs, and what it has to run. */
interface Plan {
  /** Rows from the store, and rows that cannot be scored. */
  readonly ready: readonly ScoredRow[];
  readonly sequences: readonly { readonly sequence: TokenSequence; readonly book: Book; readonly row: PendingRow }[];
}

function plan(
  rows: readonly Row[],
  keys: readonly string[],
  known: ReadonlyMap<string, StoredScore>,
  model: LanguageModel,
  { answerOnly, storedOnly }: ScoreOptions,
): Plan {
  const ready: ScoredRow[] = [];
  const sequences: Plan["sequences"][number][] = [];
  for (const [rowIdx, row] of rows.entries()) {
    const key = keys[rowIdx] ?? "";
    const stored = known.get(key);
    if (stored && (!answerOnly || stored.logProbs.answerOnly)) {
      const { logProbs, scoredAtMs } = stored;
      ready.push({ rowIdx, key, logProbs, problems: [], scoredAtMs, fromCache: true });
      continue;
    }
    if (storedOnly) continue;
    const { sequences: books, problems } = rowSequences(model, row, answerOnly);
    const nTargetTokens = books[0]?.nTargetTokens ?? 0;
    const pending: PendingRow = { rowIdx, key, nMissingBooks: books.length, nTargetTokens, books: new Map() };
    for (const { sequence, book } of books) sequences.push({ sequence, book, row: pending });
    if (books.length === 0) {
      ready.push({ rowIdx, key, logProbs: null, problems, scoredAtMs: Date.now(), fromCache: false });
    }
  }
  return { ready, sequences };
}

/**
 * Batches of each book, the books in turn: a row is done when all its books are, and rows that are long open-book are
 * mostly long closed-book too, so rows are done all along the run and not at its end.
 */
function batchesInTurn(sequences: Plan["sequences"]): Plan["sequences"][] {
  const nTokens = (entry: Plan["sequences"][number]) => entry.sequence.tokenIds.length;
  const openLengths = new Map(
    sequences.filter((entry) => entry.book === "open").map((entry) => [entry.row, nTokens(entry)]),
  );
  // Sequences of equal length keep this order in their batches.
  const longestFirst = sequences.toSorted((a, b) => (openLengths.get(b.row) ?? 0) - (openLengths.get(a.row) ?? 0));
  const placed = [...new Set(sequences.map((entry) => entry.book))].flatMap((book) => {
    const own = longestFirst.filter((entry) => entry.book === book);
    const groups = batches(own.map((entry) => entry.sequence));
    return groups.map((group, groupIdx) => ({
      entries: group.flatMap((idx) => own[idx] ?? []),
      place: groupIdx / groups.length,
    }));
  });
  return placed.sort((a, b) => a.place - b.place).map(({ entries }) => entries);
}

/** Splits what the model returned into target and end of turn. */
function finish(row: PendingRow): ScoredRow {
  const target = (book: Book) => row.books.get(book)?.slice(0, row.nTargetTokens) ?? null;
  const endOfTurn = (book: Book) => row.books.get(book)?.[row.nTargetTokens] ?? Number.NaN;
  const logProbs: RowLogProbs = {
    open: target("open") ?? new Float32Array(),
    closed: target("closed"),
    answerOnly: target("answer-only"),
    endOfTurn: { open: endOfTurn("open"), closed: endOfTurn("closed") },
  };
  const { rowIdx, key } = row;
  const done = { rowIdx, key, scoredAtMs: Date.now(), fromCache: false };
  const isNumeric = [logProbs.open, logProbs.closed, logProbs.answerOnly].every((book) => !book?.some(Number.isNaN));
  if (isNumeric) return { ...done, logProbs, problems: [] };
  return { ...done, logProbs: null, problems: [{ code: "row/not-a-number", severity: "error", data: {} }] };
}

function readStore(store: ScoreStore | null, keys: readonly string[], options: ScoreOptions): Map<string, StoredScore> {
  try {
    return new Map(store?.read(keys).map((score) => [score.key, score]));
  } catch (error) {
    options.onWarning(storeProblem(error));
    return new Map();
  }
}

function writeStore(store: ScoreStore | null, done: readonly ScoredRow[], options: ScoreOptions): void {
  const scores = done.flatMap(({ key, logProbs, scoredAtMs }) => (logProbs ? [{ key, logProbs, scoredAtMs }] : []));
  if (!store || scores.length === 0) return;
  try {
    store.write(scores);
  } catch (error) {
    options.onWarning(storeProblem(error));
  }
}

function storeProblem(error: unknown): Problem {
  if (error instanceof CodedError) return { code: error.code, severity: "warning", data: error.data };
  throw error;
}
