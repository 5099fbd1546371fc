import { isArray, isString, type JsonObject, type JsonValue } from "../jsonValue.ts";
import { isOptionalString, keyMatch } from "../keyMatch.ts";
import { contextLast, isBlank, message, textPart } from "../rowParts.ts";
import type { Shape, ShapeRows } from "../shape.ts";
import { rowsOfTurns, type Turn } from "../turns.ts";

/** Stanford Alpaca, with the `system` and `history` of LLaMA-Factory, whose history answers are trained too. */
export const alpaca: Shape = {
  name: "alpaca",
  title: "Alpaca",
  matches: (record) =>
    keyMatch(
      record,
      { instruction: isString, output: isString },
      { input: isOptionalString, system: isOptionalString, history: isHistory, text: isString },
    ),
  rows: alpacaRows,
};

type Exchange = readonly [string, string];

function isExchange(value: JsonValue): boolean {
  return isArray(value) && value.length === 2 && value.every(isString);
}

function isHistory(value: JsonValue | undefined): boolean {
  return value === null || (isArray(value) && value.every(isExchange));
}

function alpacaRows(record: JsonObject): ShapeRows {
  const instruction = textPart(String(record.instruction), ["instruction"]);
  const input = textPart(isString(record.input) ? record.input : "", ["input"], "context");
  const system =
    isString(record.system) && !isBlank(record.system)
      ? [message("system", [textPart(record.system, ["system"])])]
      : [];
  const history = (isArray(record.history) ? record.history : []) as readonly Exchange[];
  const turns: Turn[] = history.flatMap(([question, answer], i) => [
    turn("user", question, ["history", i, 0]),
    turn("assistant", answer, ["history", i, 1]),
  ]);
  const asked = contextLast(instruction, input);
  return rowsOfTurns(
    [...turns, { ...asked, path: ["instruction"] }, turn("assistant", String(record.output), ["output"])],
    { path: ["output"], before: system },
  );
}

function turn(role: "user" | "assistant", text: string, path: (string | number)[]): Turn {
  return { role, parts: [textPart(text, path)], path };
}
