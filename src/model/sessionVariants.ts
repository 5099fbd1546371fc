/** Something that holds memory outside JavaScript until it is released. */
export interface Releasable {
  release(): Promise<void>;
}

interface OpenVariant {
  readonly session: Promise<Releasable>;
  nUsers: number;
}

/**
 * How many variants stay open besides those in use. A look into a row uses trunk, head, taps and generation, with and
 * without steering; a variant that shares the file's pages costs about 20 MB and 50 ms to open again.
 */
export const maxOpenVariants = 8;

/** The sessions of one model that differ in what they give, opened when first used, the longest unused closed first. */
export class SessionVariants {
  /** Least recently used first. */
  readonly #open = new Map<string, OpenVariant>();

  /** Runs something on the variant of this name; it is not closed meanwhile. */
  async use<Session extends Releasable, Result>(
    name: string,
    open: () => Promise<Session>,
    run: (session: Session) => Promise<Result>,
  ): Promise<Result> {
    const variant = this.#open.get(name) ?? { session: open(), nUsers: 0 };
    this.#open.delete(name);
    this.#open.set(name, variant);
    variant.nUsers++;
    try {
      // The name decides what `open` gives.
      return await run((await variant.session.catch((error) => this.#forget(name, error))) as Session);
    } finally {
      variant.nUsers--;
      await this.#closeUnused(maxOpenVariants);
    }
  }

  get nOpen(): number {
    return this.#open.size;
  }

  /** Closes every variant; none may be in use. */
  release(): Promise<void> {
    return this.#closeUnused(0);
  }

  async #closeUnused(nKept: number): Promise<void> {
    for (const [name, { session, nUsers }] of this.#open) {
      if (this.#open.size <= nKept) return;
      if (nUsers > 0) continue;
      this.#open.delete(name);
      await (await session).release();
    }
  }

  /** A session that could not be opened is tried again next time. */
  #forget(name: string, error: unknown): never {
    this.#open.delete(name);
    throw error;
  }
}
