import type { Row, TextPart } from "../core/row.ts";
import type { ScratchInput, ScratchMessage } from "../protocol/lens.ts";

/** A typed prompt as a row; its target is the typed answer. */
export function scratchRow({ messages, answer }: ScratchInput): Row {
  return {
    prompt: messages.map((message) => ({ role: message.role, parts: messageParts(message) })),
    target: { kind: "text", text: answer },
  };
}

/** The words before the context, the context, and the words after it. Blank space around the context goes with it. */
function messageParts({ text, context }: ScratchMessage): TextPart[] {
  if (!context) return [{ kind: "text", text }];
  const before = text.slice(0, context.start);
  const after = text.slice(context.end);
  const gap = /^\s*/.exec(after)?.[0] ?? "";
  const parts: TextPart[] = [
    { kind: "text", text: before },
    { kind: "context", text: text.slice(context.start, context.end) },
    { kind: "separator", text: gap },
    { kind: "text", text: after.slice(gap.length) },
  ];
  return parts.filter((part) => part.text !== "");
}

/**
 * What selections of a text mean as a prompt: one is the prompt; of two the first is its context; a third one is the
 * answer. In the order in which they stand in the text.
 */
export function selectedPrompt(selections: readonly string[]): ScratchInput {
  const texts = selections.filter((text) => text.trim() !== "");
  const [first = "", second, answer = ""] = texts;
  if (second === undefined) return { messages: [{ role: "user", text: first, context: null }], answer: "" };
  const context = { start: 0, end: first.length };
  return { messages: [{ role: "user", text: `${first}\n\n${second}`, context }], answer };
}
