import { createHash } from "node:crypto";
import type { Memento, Uri } from "vscode";

const key = "scoredFiles";
/** Files remembered; the ones scored longest ago are forgotten first. */
const capacity = 500;

/** `[hash of the address, whether every row was scored]`, oldest first. */
type Entry = readonly [string, boolean];

/** Which files of this workspace were scored, so that their flags come back when they are opened. Addresses are hashed. */
export class ScoredFiles {
  readonly #state: Memento;

  constructor(state: Memento) {
    this.#state = state;
  }

  /** Whether every row of the file was scored; null for a file that was not scored. */
  find(uri: Uri): { readonly isComplete: boolean } | null {
    const hash = addressHash(uri);
    const entry = this.#entries().find(([known]) => known === hash);
    return entry ? { isComplete: entry[1] } : null;
  }

  remember(uri: Uri, isComplete: boolean): void {
    if (uri.scheme === "untitled") return;
    const hash = addressHash(uri);
    const others = this.#entries().filter(([known]) => known !== hash);
    void this.#state.update(key, [...others, [hash, isComplete]].slice(-capacity));
  }

  forget(uri: Uri): void {
    const hash = addressHash(uri);
    void this.#state.update(
      key,
      this.#entries().filter(([known]) => known !== hash),
    );
  }

  #entries(): readonly Entry[] {
    return this.#state.get<Entry[]>(key, []);
  }
}

function addressHash(uri: Uri): string {
  return createHash("sha256").update(uri.toString()).digest("base64").slice(0, 16);
}
