import { CodedError } from "../core/problem.ts";
import type { MessageRole, SegmentRole } from "../core/role.ts";
import type { Row, TextOrigin, TextPart } from "../core/row.ts";
import { type Span, spanLength } from "../core/span.ts";
import { type BoundaryMarks, marksFor, type StrippedText } from "./boundaryMarks.ts";
import type { PromptTemplate, TemplateMessage } from "./chatTemplate.ts";

/** A part of the conversation where the rendered text says it. */
export interface LocatedPart {
  readonly role: SegmentRole;
  /** UTF-16 code units of the rendered text. */
  readonly span: Span;
  readonly origin?: TextOrigin;
}

/** A rendered conversation and its parts, in the order of the text. */
export interface LocatedPrompt {
  readonly text: string;
  readonly parts: readonly LocatedPart[];
}

interface Part {
  readonly role: SegmentRole;
  /** Code units of the message's content. */
  readonly span: Span;
  readonly origin?: TextOrigin;
}

interface MarkedMessage {
  readonly role: MessageRole;
  readonly content: string;
  readonly parts: readonly Part[];
  /** Code units of white space at both ends that the template may cut off. */
  readonly trim: Span;
}

/**
 * Renders a row up to and including its answer and finds every part of it in the text.
 *
 * The conversation is rendered twice, as it is and with invisible marks around each part; the marks' places count only
 * when both renderings are the same but for the marks. Templates that trim a message get its marks inside the trimmed text.
 * @throws CodedError `model/template-failed`, `model/template-not-aligned` {reason: "inspects-text" | "dropped" | "repeated" | "changed" | "order", part, near}.
 */
export function locateParts(row: Row, book: "open" | "closed", template: PromptTemplate): LocatedPrompt {
  const messages = markedMessages(row, book);
  const text = template.render(messages.map(({ role, content }) => ({ role, content })));
  const marks = marksFor(text + messages.map((message) => message.content).join(""));
  const untrimmed = messages.map((message) => ({ ...message, trim: { start: 0, end: message.content.length } }));
  let chosen: readonly MarkedMessage[] = untrimmed;
  let marked = renderMarked(untrimmed, marks, template);
  if (marked.text !== text) {
    // Which messages does the template trim? Each one is tried by itself, its marks at the very ends.
    chosen = untrimmed.map((whole, messageIdx) => {
      const alone = untrimmed.map((other) => (other === whole ? whole : { ...other, parts: [] }));
      return renderMarked(alone, marks, template).text === text ? whole : (messages[messageIdx] ?? whole);
    });
    marked = renderMarked(chosen, marks, template);
  }
  if (marked.text !== text) throw notAligned("inspects-text", "", text, firstDifference(text, marked.text));
  return { text, parts: readMarks(chosen, text, marked.positions) };
}

function markedMessages(row: Row, book: "open" | "closed"): MarkedMessage[] {
  const prompt = row.prompt.map(({ role, parts }) => {
    const shown = parts.filter((part) => book === "open" || part.kind === "text");
    return markedMessage(role, shown, (part) => (part.kind === "context" ? "context" : role));
  });
  return [...prompt, markedMessage("assistant", [row.target], () => "target")];
}

function markedMessage(
  role: MessageRole,
  textParts: readonly TextPart[],
  roleOf: (part: TextPart) => SegmentRole,
): MarkedMessage {
  const content = textParts.map((part) => part.text).join("");
  const start = content.length - content.trimStart().length;
  let at = 0;
  const parts = textParts.map((part): Part => {
    const span = { start: at, end: at + part.text.length };
    at = span.end;
    return { role: roleOf(part), span, ...(part.origin ? { origin: part.origin } : {}) };
  });
  return { role, content, parts, trim: { start, end: Math.max(start, content.trimEnd().length) } };
}

function hasMarks({ parts, trim }: MarkedMessage): boolean {
  // A message without text gets no marks: templates ask whether there is text.
  return parts.length > 0 && trim.start < trim.end;
}

/** A place in a message's content, moved inside the text that the template keeps. */
function kept(place: number, trim: Span): number {
  return Math.min(Math.max(place, trim.start), trim.end);
}

function renderMarked(
  messages: readonly MarkedMessage[],
  marks: BoundaryMarks,
  template: PromptTemplate,
): StrippedText {
  let markIdx = 0;
  const marked = messages.map((message): TemplateMessage => {
    const { role, content, trim, parts } = message;
    if (!hasMarks(message)) return { role, content };
    let text = content.slice(0, trim.start) + marks.mark(markIdx++);
    for (const { span } of parts)
      text += content.slice(kept(span.start, trim), kept(span.end, trim)) + marks.mark(markIdx++);
    return { role, content: text + content.slice(trim.end) };
  });
  return marks.strip(template.render(marked));
}

function readMarks(
  messages: readonly MarkedMessage[],
  text: string,
  positions: StrippedText["positions"],
): LocatedPart[] {
  const located: LocatedPart[] = [];
  let markIdx = 0;
  for (const message of messages.filter(hasMarks)) {
    for (const part of message.parts) {
      const shown = { start: kept(part.span.start, message.trim), end: kept(part.span.end, message.trim) };
      const startMarkIdx = markIdx++;
      if (shown.start === shown.end) continue;
      const span = {
        start: placeOf(positions, startMarkIdx, part.role, text),
        end: placeOf(positions, startMarkIdx + 1, part.role, text),
      };
      if (text.slice(span.start, span.end) !== message.content.slice(shown.start, shown.end)) {
        throw notAligned("changed", part.role, text, span.start);
      }
      located.push({ role: part.role, span, ...shownOrigin(part, shown) });
    }
    markIdx++;
  }
  return inOrder(located, text);
}

/** Where the shown text stands in the data: what the template trimmed off is left out. */
function shownOrigin({ origin, span }: Part, shown: Span): { origin?: TextOrigin } {
  if (!origin) return {};
  if (spanLength(origin.span) !== spanLength(span)) return { origin };
  const start = origin.span.start + shown.start - span.start;
  return { origin: { path: origin.path, span: { start, end: start + spanLength(shown) } } };
}

function placeOf(positions: StrippedText["positions"], markIdx: number, role: SegmentRole, text: string): number {
  const places = positions.get(markIdx) ?? [];
  const [place] = places;
  if (place === undefined) throw notAligned("dropped", role, text, 0);
  if (places.length > 1) throw notAligned("repeated", role, text, place);
  return place;
}

function inOrder(parts: readonly LocatedPart[], text: string): LocatedPart[] {
  const sorted = parts.toSorted((a, b) => a.span.start - b.span.start);
  for (const [idx, part] of sorted.entries()) {
    const isOverlapping = part.span.start < (sorted[idx - 1]?.span.end ?? 0);
    const isAfterTarget = sorted[idx - 1]?.role === "target";
    if (isOverlapping || isAfterTarget) throw notAligned("order", part.role, text, part.span.start);
  }
  return sorted;
}

function notAligned(reason: string, part: string, text: string, at: number): CodedError {
  return new CodedError("model/template-not-aligned", {
    reason,
    part,
    near: text.slice(Math.max(0, at - 20), at + 40),
  });
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}
