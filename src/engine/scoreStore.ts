import type { RowLogProbs } from "../core/rowLogProbs.ts";

/** A row's scores under the key that names model, template, formula version and row content. */
export interface StoredScore {
  /** SHA-256, hexadecimal; see `scoreKey.ts`. */
  readonly key: string;
  readonly logProbs: RowLogProbs;
  /** When the row was scored, milliseconds since 1970. */
  readonly scoredAtMs: number;
}

/** Scores that survive a restart. A store that fails never fails the scoring: the engine says so once and goes on. */
export interface ScoreStore {
  /** The stored scores among `keys`, in no order. */
  read(keys: readonly string[]): StoredScore[];
  write(scores: readonly StoredScore[]): void;
  close(): void;
}
