let words: Readonly<Record<string, string>> = {};
let locale = "en";

/** Takes over the words of the editor's language; sentences that are not among them stay English. */
export function setWords(translated: Readonly<Record<string, string>>, language: string): void {
  words = translated;
  locale = language;
}

/** A sentence in the editor's language, with its `{name}` places filled. Facts are never read as places again. */
export function say(template: string, facts: Readonly<Record<string, string | number>> = {}): string {
  const translated = Object.hasOwn(words, template) ? (words[template] ?? template) : template;
  return translated.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(facts, name) ? String(facts[name]) : whole,
  );
}

/** A count as the editor's language writes it. */
export function count(value: number): string {
  return value.toLocaleString(locale);
}
