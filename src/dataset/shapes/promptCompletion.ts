import { chatTurns, isMessageList } from "../chatMessages.ts";
import { isString, type JsonObject, type JsonValue } from "../jsonValue.ts";
import { keyMatch } from "../keyMatch.ts";
import { message, singleRow, textPart } from "../rowParts.ts";
import type { Shape, ShapeRows } from "../shape.ts";
import { rowsOfTurns } from "../turns.ts";

/** TRL's prompt and completion, as strings or as lists of messages. With a boolean `label` it is preference data (KTO) instead. */
export const promptCompletion: Shape = {
  name: "prompt-completion",
  title: "Prompt and completion",
  matches: (record) => {
    if (typeof record.label === "boolean") return 0;
    return Math.max(
      keyMatch(record, { prompt: isString, completion: isString }),
      keyMatch(record, { prompt: isMessageList, completion: isMessageList }),
    );
  },
  rows: promptCompletionRows,
};

function promptCompletionRows(record: JsonObject): ShapeRows {
  const { prompt, completion } = record;
  if (isString(prompt) && isString(completion)) {
    return singleRow([message("user", [textPart(prompt, ["prompt"])])], textPart(completion, ["completion"]));
  }
  const asked = turnsOf(prompt, "prompt");
  return rowsOfTurns([...asked, ...turnsOf(completion, "completion")], {
    path: ["completion"],
    firstTarget: asked.length,
  });
}

function turnsOf(value: JsonValue | undefined, key: string) {
  return isMessageList(value) ? chatTurns(value, [key]) : [];
}
