import type { Message, Row, TextPart } from "../core/row.ts";
import { sentenceSpans } from "../core/sentenceSpans.ts";
import type { Span } from "../core/span.ts";
import type { SegmentedPrompt } from "./languageModel.ts";

/** A sentence of a row's context: where it is in the row, and in the prompt. */
export interface ContextSentence {
  readonly part: TextPart;
  /** UTF-16 code units of the part's text. */
  readonly span: Span;
  /** UTF-16 code units of the rendered prompt's text, cut to what the template kept. */
  readonly promptSpan: Span;
  readonly text: string;
}

/** The sentences of every context passage of a row, in the order of its open-book prompt. */
export function contextSentences(row: Row, prompt: SegmentedPrompt): ContextSentence[] {
  const segments = prompt.segments.filter(({ role }) => role === "context");
  const parts = row.prompt.flatMap((message) => message.parts).filter(isContext);
  return parts.flatMap((part, partIdx) => {
    const segment = segments[partIdx];
    if (!segment) return [];
    // A template may trim the passage at both ends.
    const shown = prompt.text.slice(segment.span.start, segment.span.end);
    const offset = segment.span.start - Math.max(0, part.text.indexOf(shown));
    const place = (at: number) => Math.min(Math.max(at + offset, segment.span.start), segment.span.end);
    return sentenceSpans(part.text).map(({ start, end }) => ({
      part,
      span: { start, end },
      promptSpan: { start: place(start), end: place(end) },
      text: part.text.slice(start, end),
    }));
  });
}

/** A row without some of its context's sentences; where nothing of the context is left, that is its closed book. */
export function withoutSentences(
  row: Row,
  sentences: readonly ContextSentence[],
): { readonly row: Row; readonly book: "open" | "closed" } {
  const shorten = (part: TextPart): TextPart => {
    const spans = sentences.filter((sentence) => sentence.part === part).map(({ span }) => span);
    if (spans.length === 0) return part;
    const cutsEnd = spans.some(({ end }) => end === part.text.length);
    const kept = [...spans]
      .reverse()
      .reduce((text, { start, end }) => text.slice(0, start) + text.slice(end), part.text);
    return { kind: part.kind, text: cutsEnd ? kept.trimEnd() : kept };
  };
  const prompt = row.prompt.map((message): Message => ({ role: message.role, parts: message.parts.map(shorten) }));
  const isLeft = prompt.some((message) => message.parts.some(isContext));
  return isLeft ? { row: { ...row, prompt }, book: "open" } : { row, book: "closed" };
}

function isContext({ kind, text }: TextPart): boolean {
  return kind === "context" && text.trim() !== "";
}
