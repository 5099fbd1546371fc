import { type ParseErrorCode, printParseErrorCode, visit } from "jsonc-parser";
import type { Problem } from "../core/problem.ts";
import type { Span } from "../core/span.ts";
import { isJsonSpace, stringEnd } from "./jsonValue.ts";
import { maxNesting } from "./limits.ts";

/** A problem at a span of the text it was found in. */
export interface Fault {
  readonly problem: Problem;
  readonly span: Span;
}

/** What the text lacks, as a code word that the doors turn into words. */
const expectedAt: Readonly<Record<string, string>> = {
  InvalidNumberFormat: "number",
  PropertyNameExpected: "key",
  ValueExpected: "value",
  ColonExpected: "colon",
  CommaExpected: "comma",
  CloseBraceExpected: "closing-brace",
  CloseBracketExpected: "closing-bracket",
  EndOfFileExpected: "end-of-record",
  InvalidCommentToken: "no-comment",
  UnexpectedEndOfComment: "no-comment",
  UnexpectedEndOfString: "closing-quote",
  UnexpectedEndOfNumber: "digit",
  InvalidUnicode: "four-hex-digits",
  InvalidEscapeCharacter: "known-escape",
  InvalidCharacter: "escaped-control-character",
};

const errorsInsideString = new Set(["InvalidUnicode", "InvalidEscapeCharacter", "InvalidCharacter"]);

/** What can be said about a text that is not JSON: why, and the same text mended where a comma too many is all that is wrong. */
export interface Diagnosis {
  readonly faults: readonly Fault[];
  /** Of the same length as the text, so that offsets stay true; null when the text cannot be read. */
  readonly mended: string | null;
}

/** Says why a text that `JSON.parse` refused is not JSON. Trailing commas are warnings, everything else is one error. */
export function diagnose(text: string): Diagnosis {
  if (nestingDepth(text) > maxNesting) return { faults: [tooDeep(text)], mended: null };
  const errors: { code: ParseErrorCode; offset: number; length: number }[] = [];
  const commas: number[] = [];
  const body = withoutEndComma(text, commas);
  visit(
    body,
    {
      onError: (code, offset, length) => {
        // The second tells what the first stands in for; a text of garbage has millions.
        if (errors.length < 2) errors.push({ code, offset, length });
      },
      onSeparator: (character, offset) => {
        if (character === "," && isTrailing(body, offset)) commas.push(offset);
      },
    },
    { disallowComments: true, allowTrailingComma: true },
  );
  const first = errors[0];
  if (first !== undefined) {
    return {
      faults: [
        describe(
          body,
          first.offset,
          first.length,
          errors.map((error) => printParseErrorCode(error.code)),
        ),
      ],
      mended: null,
    };
  }
  commas.sort((a, b) => a - b);
  const pieces = commas.map((offset, i) => text.slice((commas[i - 1] ?? -1) + 1, offset));
  const mended = [...pieces, text.slice((commas.at(-1) ?? -1) + 1)].join(" ");
  const faults = commas.slice(0, 1).map(
    (offset): Fault => ({
      problem: { code: "dataset/trailing-comma", severity: "warning", data: { count: commas.length } },
      span: { start: offset, end: offset + 1 },
    }),
  );
  return { faults, mended };
}

/** Deepest nesting of brackets outside of strings; runs in one pass whatever the text is. */
export function nestingDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) i = stringEnd(text, i);
    else if (code === 123 || code === 91) deepest = Math.max(deepest, ++depth);
    else if (code === 125 || code === 93) depth--;
  }
  return deepest;
}

export function tooDeep(text: string): Fault {
  return {
    problem: { code: "dataset/nested-too-deep", severity: "error", data: { limit: maxNesting } },
    span: { start: 0, end: Math.min(1, text.length) },
  };
}

/** A record copied out of an array keeps the comma behind it. */
function withoutEndComma(text: string, commas: number[]): string {
  if (!text.endsWith(",") || text.length === 1) return text;
  commas.push(text.length - 1);
  return text.slice(0, -1);
}

function isTrailing(text: string, offset: number): boolean {
  let i = offset + 1;
  while (isJsonSpace(text.charCodeAt(i))) i++;
  const next = text.charCodeAt(i);
  return next === 125 || next === 93;
}

/** `names` are the parser's errors in order; the second tells what an unknown word stands in for. */
function describe(text: string, offset: number, length: number, names: readonly string[]): Fault {
  const notNumber = /^-?(?:NaN|Infinity|nan|inf(?:inity)?)\b/i.exec(text.slice(offset, offset + 12))?.[0];
  const name = names[0] ?? "";
  if (name === "InvalidSymbol" && notNumber !== undefined) {
    return {
      problem: { code: "dataset/not-a-number", severity: "error", data: { literal: notNumber } },
      span: { start: offset, end: offset + notNumber.length },
    };
  }
  const start = errorsInsideString.has(name) ? offset + faultInString(text.slice(offset, offset + length)) : offset;
  const expected =
    expectedAt[name] ?? { PropertyNameExpected: "key", ValueExpected: "value" }[names[1] ?? ""] ?? "comma-or-end";
  const found = text.slice(start, Math.min(start + 20, Math.max(start + 1, offset + length)));
  return {
    problem: { code: "dataset/invalid-json", severity: "error", data: { expected, found } },
    span: { start, end: start + Math.min(found.length, 20) },
  };
}

/** Where in a string literal the first bad escape or raw control character stands. */
function faultInString(literal: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  for (const match of literal.matchAll(/\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|([\u0000-\u001f\\])/g)) {
    if (match[1] !== undefined) return match.index;
  }
  return 0;
}
