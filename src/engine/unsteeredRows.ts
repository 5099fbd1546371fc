import type { Row } from "../core/row.ts";
import type { GeneratedAnswer } from "./generateAnswer.ts";
import type { InspectableModel, TemplateChoice } from "./inspectableModel.ts";

/** Enough for a row, its other answers and a control set of them; an entry is a few hundred bytes. */
const mostEntries = 128;

/**
 * What rows were like without steering: the same for every alpha, span and choice of heads, so that trying one after
 * another runs the model once for each and not twice. The longest unused is forgotten; a model takes its rows with it.
 */
export class UnsteeredRows {
  readonly #byModel = new WeakMap<InspectableModel, Map<string, unknown>>();

  /** log p of the row's target and end-of-turn tokens. */
  logProbs(
    model: InspectableModel,
    about: { readonly row: Row; readonly template: TemplateChoice },
    measure: () => Promise<Float32Array>,
  ): Promise<Float32Array> {
    return this.#known(
      model,
      JSON.stringify(["logProbs", about.template, content(about.row), about.row.target.text]),
      measure,
    );
  }

  /** The greedy answer to the row's prompt. */
  answer(
    model: InspectableModel,
    about: { readonly row: Row; readonly template: TemplateChoice; readonly maxNewTokens: number },
    measure: () => Promise<GeneratedAnswer>,
  ): Promise<GeneratedAnswer> {
    const key = JSON.stringify(["answer", about.template, content(about.row), about.maxNewTokens]);
    return this.#known(model, key, measure);
  }

  /** Only what was measured to its end is kept: a cancelled run leaves nothing. */
  async #known<Value>(model: InspectableModel, key: string, measure: () => Promise<Value>): Promise<Value> {
    const entries = this.#byModel.get(model) ?? new Map<string, unknown>();
    this.#byModel.set(model, entries);
    const value = entries.has(key) ? (entries.get(key) as Value) : await measure();
    entries.delete(key);
    entries.set(key, value);
    const [oldest] = entries.keys();
    if (entries.size > mostEntries && oldest !== undefined) entries.delete(oldest);
    return value;
  }
}

/** All that a prompt is rendered from. */
function content({ prompt }: Row): unknown {
  return prompt.map(({ role, parts }) => [role, parts.map(({ kind, text }) => [kind, text])]);
}
