import type { ScoredRecord } from "./scoredRecord.ts";

/**
 * Records by content, so that a moved record, an undone edit or a pasted copy gets its scores back.
 * Bounded: the records not asked for the longest are forgotten first.
 */
export class RecordMemory {
  readonly #records = new Map<string, ScoredRecord>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#records.size;
  }

  recall(hash: string): ScoredRecord | null {
    const record = this.#records.get(hash);
    if (!record) return null;
    // A Map keeps the order of insertion: asked for last, forgotten last.
    this.#records.delete(hash);
    this.#records.set(hash, record);
    return record;
  }

  keep(record: ScoredRecord): void {
    this.#records.delete(record.hash);
    this.#records.set(record.hash, record);
    if (this.#records.size <= this.#capacity) return;
    for (const oldest of this.#records.keys()) {
      this.#records.delete(oldest);
      return;
    }
  }

  clear(): void {
    this.#records.clear();
  }
}
