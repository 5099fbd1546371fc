import type { MessageRole } from "../core/role.ts";
import type { Span } from "../core/span.ts";
import {
  type LensMessage,
  type LensSource,
  lensCommands,
  maxSavedLength,
  type ScratchInput,
  type ScratchMessage,
  savedFormats,
} from "./lens.ts";
import { lensQuestion } from "./lensQuestion.ts";

const roles: readonly MessageRole[] = ["system", "user", "assistant", "tool"];

/** No dataset row that a model can take comes near these; they keep a page gone wrong from filling the memory. */
const maxTextLength = 4 * 1024 * 1024;
const maxMessages = 1000;

/** A message of the lens's page, whose text may be in the hands of whoever wrote the dataset; null when it is none. */
export function lensMessage(value: unknown): LensMessage | null {
  if (!isRecord(value)) return null;
  switch (value.type) {
    case "ready":
      return { type: "ready" };
    case "follow":
      return typeof value.isFollowing === "boolean" ? { type: "follow", isFollowing: value.isFollowing } : null;
    case "command": {
      const command = lensCommands.find((name) => name === value.command);
      return command ? { type: "command", command } : null;
    }
    case "scratch": {
      const input = scratchInput(value.input);
      return input && { type: "scratch", input };
    }
    case "ask":
      return askMessage(value);
    case "cancel":
      return isCount(value.requestId) ? { type: "cancel", requestId: value.requestId } : null;
    case "save":
      return saveMessage(value);
    default:
      return null;
  }
}

/** What the lens showed before a reload, as the editor kept it; null when it is nothing that can be shown. */
export function lensSource(value: unknown): LensSource | null {
  if (!isRecord(value)) return null;
  if (value.kind === "scratch") {
    const input = scratchInput(value.input);
    const fileName = isText(value.fileName) ? value.fileName : null;
    return input && { kind: "scratch", fileName, input };
  }
  const { uri, line, character } = value;
  if (value.kind !== "dataset" || !isText(uri) || !isCount(line) || !isCount(character)) return null;
  return { kind: "dataset", uri, line, character };
}

function askMessage(value: Record<string, unknown>): LensMessage | null {
  const question = lensQuestion(value.question);
  if (!question || !isCount(value.requestId) || !isCount(value.rowId)) return null;
  return { type: "ask", requestId: value.requestId, rowId: value.rowId, question };
}

function saveMessage(value: Record<string, unknown>): LensMessage | null {
  const format = savedFormats.find((name) => name === value.format);
  const { name, content } = value;
  const isContent = (typeof content === "string" || content instanceof Uint8Array) && content.length <= maxSavedLength;
  // The name becomes part of a path: letters, digits, dots between them and hyphens only.
  if (!format || typeof name !== "string" || !/^[\w-]+(\.[\w-]+)*$/.test(name) || !isContent) return null;
  return { type: "save", name: name.slice(0, 120), format, content };
}

function scratchInput(value: unknown): ScratchInput | null {
  if (!isRecord(value) || !isText(value.answer) || !Array.isArray(value.messages)) return null;
  if (value.messages.length > maxMessages) return null;
  const messages = value.messages.map(scratchMessage);
  const known = messages.filter((message) => message !== null);
  return known.length === messages.length ? { messages: known, answer: value.answer } : null;
}

function scratchMessage(value: unknown): ScratchMessage | null {
  if (!isRecord(value) || !isText(value.text)) return null;
  const role = roles.find((name) => name === value.role);
  if (!role) return null;
  return { role, text: value.text, context: spanWithin(value.context, value.text.length) };
}

/** A span inside a text of that length; null when it is none, empty, or reaches outside. */
function spanWithin(value: unknown, length: number): Span | null {
  if (!isRecord(value) || !isCount(value.start) || !isCount(value.end)) return null;
  return value.start < value.end && value.end <= length ? { start: value.start, end: value.end } : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= maxTextLength;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
