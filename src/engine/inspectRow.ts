import { CodedError } from "../core/problem.ts";
import { type Book, hasContext, type Row } from "../core/row.ts";
import type { LanguageModel, SegmentedPrompt } from "./languageModel.ts";
import { rowSequences } from "./rowSequences.ts";

/** One book of an inspected row, token by token. */
export interface InspectedBook {
  readonly prompt: SegmentedPrompt;
  /** The text of each token as the tokenizer writes it, `[token]`. */
  readonly tokenTexts: readonly string[];
  /** log p of each target token, and of the end-of-turn token where there is one; nats, float32 `[scored token]`. */
  readonly logProbs: Float32Array;
}

/** Everything that is known about one row's prompt under a model. */
export interface Inspection {
  readonly open: InspectedBook;
  /** Null when the row has no context. */
  readonly closed: InspectedBook | null;
}

/**
 * Scores one row and keeps its tokens, roles and spans.
 * @throws CodedError what kept the row from being scored, e.g. `row/too-long`.
 */
export async function inspectRow(row: Row, model: LanguageModel): Promise<Inspection> {
  const { sequences, problems } = rowSequences(model, row, false);
  const problem = problems[0];
  if (problem) throw new CodedError(problem.code, problem.data);
  const book = async (name: Book): Promise<InspectedBook> => {
    const prompt = model.segment(row, name);
    const wanted = sequences.find((entry) => entry.book === name);
    const [logProbs = new Float32Array()] = wanted ? await model.logProbs([wanted.sequence]) : [];
    return { prompt, tokenTexts: model.tokenTexts(prompt.tokenIds), logProbs };
  };
  return { open: await book("open"), closed: hasContext(row) ? await book("closed") : null };
}
