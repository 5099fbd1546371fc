import type { Formula } from "./formula.ts";

export const formula: Formula = { name: "answer containment", version: 1 };

/**
 * A text as answers are compared: Unicode NFKC, lower case, without punctuation and English articles, white space folded.
 * Punctuation is every Unicode punctuation mark and the ASCII symbols `$+<=>^|~` and backtick, removed without a space as in
 * the SQuAD evaluation, so that "U.S." is "us".
 */
export function normaliseAnswer(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\p{P}$+<=>^`|~]/gu, "")
    .replace(/(?<![\p{L}\p{N}\p{M}])(?:a|an|the)(?![\p{L}\p{N}\p{M}])/gu, " ")
    .replace(/\s+/gu, " ")
    .trim();
}

/**
 * Says whether a model's output holds an answer under any of its names, as whole words after `normaliseAnswer`.
 * A name that normalises to nothing is never contained. Source: Goyal et al., Context-Parametric Inversion, 2.1.
 */
export function containsAnswer(output: string, names: readonly string[]): boolean {
  const words = ` ${normaliseAnswer(output)} `;
  return names.some((name) => {
    const answer = normaliseAnswer(name);
    return answer !== "" && words.includes(` ${answer} `);
  });
}
