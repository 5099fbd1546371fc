import type { MessageRole } from "../core/role.ts";
import type { Message, Row, TextPart } from "../core/row.ts";
import type { JsonPath } from "./jsonValue.ts";
import type { ShapeProblem, ShapeRows } from "./shape.ts";

/** Stands between the context and the words around it, and goes when the context goes. */
const separator: TextPart = { kind: "separator", text: "\n" };

/** A whole string of the record as a part of a message. */
export function textPart(text: string, path: JsonPath, kind: "text" | "context" = "text"): TextPart {
  return { kind, text, origin: { path, span: { start: 0, end: text.length } } };
}

/** Says whether a text says nothing: empty, or white space alone. */
export function isBlank(text: string): boolean {
  return !/\S/.test(text);
}

export function message(role: MessageRole, parts: readonly TextPart[]): Message {
  return { role, parts };
}

/** A user turn that gives the passage first and then asks; without a passage it only asks. */
export function contextFirst(context: TextPart, instruction: TextPart): Message {
  return message("user", isBlank(context.text) ? [instruction] : [context, separator, instruction]);
}

/** A user turn that asks first and then gives the passage; without a passage it only asks. */
export function contextLast(instruction: TextPart, context: TextPart): Message {
  return message("user", isBlank(context.text) ? [instruction] : [instruction, separator, context]);
}

/** A target of white space alone cannot be scored. */
export function emptyTarget(path: JsonPath, turnIdx: number): ShapeProblem {
  return { code: "dataset/empty-target", severity: "warning", data: { field: fieldName(path), turn: turnIdx }, path };
}

export function noTarget(path: JsonPath, turnIdx: number): ShapeProblem {
  return { code: "dataset/no-target", severity: "warning", data: { field: fieldName(path), turn: turnIdx }, path };
}

/** A path as people write it: `messages[2].content`. */
export function fieldName(path: JsonPath): string {
  return path.map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? step : `.${step}`)).join("");
}

/** The only row of a record with one answer, or the problem that its answer is empty. */
export function singleRow(prompt: readonly Message[], target: TextPart): ShapeRows {
  if (isBlank(target.text)) return { rows: [], problems: [emptyTarget(target.origin?.path ?? [], 0)] };
  const row: Row = { prompt, target };
  return { rows: [{ turnIdx: 0, row }], problems: [] };
}
