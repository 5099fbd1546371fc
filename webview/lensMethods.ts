import type { LensRow } from "../src/protocol/lens.ts";

/** How each number of the lens is made, by the name of its formula. */
export const equations: Readonly<Record<string, string>> = {
  perplexity: "exp(−mean log p of the answer's tokens), open-book with the context, closed-book without it",
  "context gain":
    "log p(token | prompt with context) − log p(token | prompt without it), nats; its mean is the row's gain",
  "gain position": "t90 = the first token at which 90 % of the positive gain is gained",
  "non-context-critical":
    "flagged = closed-book perplexity at or below the cut, the ⌈q·n⌉-th smallest of the file's n rows with a context",
  verdict:
    "the first rule that holds: no-context; redundant: flagged, and the mean gain and that of the first quarter below 0.1; teacher-forced: mean gain above 0, t90/n at most 0.5, gain after t90 below 0.1; context-critical: mean gain above 0; unhelpful",
  "attention ledger":
    "attention mass by role at the last prompt token before the answer; renormalised over user, assistant and first token with a template (Wang et al., 3.2)",
  "attention steering":
    "add log(alpha) to the pre-softmax scores of every key outside the chosen span (Wang et al., Eq. 1)",
  "context-dependency score":
    "mean over answer tokens of the largest head's attention mass on the user's words, one layer (Wang et al., Eq. 2)",
  "knowledge conflict":
    "M_C = p(this answer) / (p(this answer) + p(other answer)), p over the whole answer (Goyal et al., Eq. 14)",
  "context-aware decoding":
    "softmax((1 + alpha) · log p with context − alpha · log p without) (Shi et al., arXiv 2305.14739, Eq. 3)",
  "Kendall's tau-b": "agreement of two orders, from −1 to 1, ties taken into account",
};

/** What made the numbers, as pairs for a card, a file or a page. */
export function methodsOf({
  model,
  formulas,
  open,
  closed,
  programVersion,
  isAnswerGenerated,
}: LensRow): [string, string][] {
  const tokens = (book: LensRow["open"]) => String(book.tokenIds.length);
  return [
    ["program", `context-reliance ${programVersion}`],
    ["model", model.name],
    ["model hash", model.modelHash],
    ["template hash", model.templateHash],
    ["dtype", model.dtype],
    ["layers", String(model.nLayers)],
    ["vocabulary", String(model.vocabSize)],
    ["window", `${model.windowTokens} tokens`],
    [closed ? "prompt tokens with context" : "prompt tokens", tokens(open)],
    ...(closed ? [["prompt tokens without context", tokens(closed)] as [string, string]] : []),
    ["truncation", "none: a row longer than the window is not shown"],
    ["answer", isAnswerGenerated ? "said by the model itself, greedily" : "as in the dataset or as typed"],
    ...formulas.map(({ name, version }): [string, string] => [`formula ${name}`, `version ${version}`]),
  ];
}

/** The methods card as Markdown, for a paper's appendix or an issue. Values are code, so that no text of a file is markup. */
export function methodsCard(row: LensRow): string {
  const lines = methodsOf(row).map(([name, value]) => `| ${name} | \`${value.replace(/[`|\r\n]/g, " ")}\` |`);
  const formulas = row.formulas.map(
    ({ name, version }) => `- **${name}** (version ${version}): ${equations[name] ?? ""}`,
  );
  return ["# Methods", "", "| what | value |", "| --- | --- |", ...lines, "", "## Formulas", "", ...formulas, ""].join(
    "\n",
  );
}
