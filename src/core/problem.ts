/** Facts that fill the sentence of a code: names, counts and positions, never prose. */
export type ProblemData = Readonly<Record<string, string | number | boolean>>;

/**
 * Something that is wrong with data, said as a code with facts; `sentence.ts` turns it into words.
 * Bad data is a problem that is returned next to the value, never an exception.
 */
export interface Problem {
  /** `room/what`, e.g. `dataset/invalid-json`. */
  readonly code: string;
  readonly severity: "error" | "warning" | "information";
  readonly data: ProblemData;
}

/** An operation that cannot go on, said as a code with facts. It survives a process boundary as plain data. */
export class CodedError extends Error {
  readonly code: string;
  readonly data: ProblemData;

  constructor(code: string, data: ProblemData = {}, options?: { cause?: unknown }) {
    super(`${code} ${JSON.stringify(data)}`, options);
    this.name = "CodedError";
    this.code = code;
    this.data = data;
  }
}
