import { containsAnswer } from "./answerContainment.ts";
import type { Formula } from "./formula.ts";
import { sentenceSpans } from "./sentenceSpans.ts";

export const formula: Formula = { name: "containing score", version: 1 };

/** A full stop after these ends no sentence: "J. K. Rowling", "St. Louis". */
const abbreviation = /(?:^|[\s("“])(?:\p{L}|Dr|Jr|Mr|Mrs|Ms|Mt|No|Sr|St)\.\s*$/u;

/**
 * An output up to the end of its first complete sentence, without white space at its ends; all of it where no sentence
 * ends. A line break ends a sentence, initials and the commonest English abbreviations do not.
 * Source: Wang et al., arXiv 2411.02688, A.3; where a sentence ends is defined here (Unicode UAX 29).
 */
export function firstSentence(output: string): string {
  const text = output.trimStart();
  let end = 0;
  for (const sentence of sentenceSpans(text)) {
    end = sentence.end;
    if (!abbreviation.test(text.slice(0, end))) break;
  }
  return text.slice(0, end).trimEnd();
}

/** Says whether an output's first sentence holds a gold answer under any of its names; the mean is the containing score. */
export function holdsAnswer(output: string, names: readonly string[]): boolean {
  return containsAnswer(firstSentence(output), names);
}
