import type { MessageRole } from "./role.ts";
import type { Span } from "./span.ts";

/**
 * Where a piece of text stands in its dataset record.
 * `path` leads from the record to a JSON string; `span` is in UTF-16 code units of the decoded string.
 */
export interface TextOrigin {
  readonly path: readonly (string | number)[];
  readonly span: Span;
}

/** What a piece of a message is: plain words, the context passage, or the separator that only exists because of the context. */
export type TextKind = "text" | "context" | "separator";

/** A piece of a message. A closed-book prompt drops every `context` and `separator` piece and changes nothing else. */
export interface TextPart {
  readonly kind: TextKind;
  readonly text: string;
  /** Absent for text that the dataset does not contain, such as separators. */
  readonly origin?: TextOrigin;
}

/** One turn of a conversation. */
export interface Message {
  readonly role: MessageRole;
  readonly parts: readonly TextPart[];
}

/**
 * One scored example: the conversation up to an assistant turn (system, history, context, instruction) and
 * the target that the assistant is trained to say. A conversation yields one row per assistant turn.
 */
export interface Row {
  /** The prompt, oldest message first, open-book. */
  readonly prompt: readonly Message[];
  readonly target: TextPart;
}

/** With the context, without it, or the answer alone with no prompt at all. */
export type Book = "open" | "closed" | "answer-only";

/** Says whether any message of the row's prompt holds a context passage that is not empty. */
export function hasContext(row: Row): boolean {
  return row.prompt.some((message) => message.parts.some((part) => part.kind === "context" && part.text.length > 0));
}

/** The words of a message as one string, with or without its context. */
export function messageText(message: Message, book: "open" | "closed"): string {
  return message.parts
    .filter((part) => book === "open" || part.kind === "text")
    .map((part) => part.text)
    .join("");
}
