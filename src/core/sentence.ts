import type { ProblemData } from "./problem.ts";
import { sentenceTemplates } from "./sentenceTemplates.ts";

/** Puts facts into a template with `{name}` placeholders, in the reader's language where the template is known in it. */
export type Translate = (template: string, facts: Record<string, string>) => string;

/**
 * What happened and what to do about it, in one or two short sentences on one line.
 * A `reason` (or, of JSON, what is `expected`) that has a sentence of its own decides between sentences of one code.
 * Where the data holds a `line`, the position comes first; leave it out of the data where the position is shown anyway.
 * A code without a sentence is said as it is, with its facts: nothing is kept from the reader.
 */
export function sentence(code: string, data: ProblemData = {}, translate: Translate = fill): string {
  const facts = Object.fromEntries(Object.entries(data).map(([name, value]) => [name, factText(name, value)]));
  const template = templateFor(code, facts);
  const said = template === null ? unknownCode(factText("code", code), facts, translate) : translate(template, facts);
  if (facts.line === undefined || template?.includes("{line}")) return said;
  return "column" in facts
    ? translate("Line {line}, column {column}: {sentence}", { ...facts, sentence: said })
    : translate("Line {line}: {sentence}", { ...facts, sentence: said });
}

/** The first template of the code whose placeholders all have a fact; the most telling ones stand first. */
function templateFor(code: string, facts: Record<string, string>): string | null {
  const candidates = [...templatesOf(`${code}:${facts.reason ?? facts.expected ?? ""}`), ...templatesOf(code)];
  return candidates.find((template) => placeholders(template).every((name) => Object.hasOwn(facts, name))) ?? null;
}

function templatesOf(key: string): readonly string[] {
  // Codes come from other processes and files: a name that every object inherits is not one of ours.
  return Object.hasOwn(sentenceTemplates, key) ? (sentenceTemplates[key] ?? []) : [];
}

function placeholders(template: string): string[] {
  return [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
}

function unknownCode(code: string, facts: Record<string, string>, translate: Translate): string {
  const details = Object.entries(facts).map(([name, value]) => `${name} ${value}`);
  return details.length === 0
    ? translate("Something went wrong: {code}.", { code })
    : translate("Something went wrong: {code} ({details}).", { code, details: details.join(", ") });
}

/** Fills a template as it is, in English. What a fact says is never read as a placeholder again. */
function fill(template: string, facts: Record<string, string>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(facts, name) ? (facts[name] ?? "") : whole,
  );
}

/** A fact as words. Text from files keeps no control characters: a terminal would obey them. */
function factText(name: string, value: string | number | boolean): string {
  if (typeof value === "number" && /Bytes$/.test(name)) return sizeText(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
  return String(value).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
}

/** A size in the unit that keeps it below 1024: `12 bytes`, `1.5 MiB`. */
function sizeText(sizeBytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let size = sizeBytes;
  let unitIdx = 0;
  while (size >= 1024 && unitIdx < units.length - 1) {
    size /= 1024;
    unitIdx++;
  }
  const digits = Number.isInteger(size) ? String(size) : size.toFixed(1);
  return `${digits} ${units[unitIdx]}`;
}
