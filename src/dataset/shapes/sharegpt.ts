import type { MessageRole } from "../../core/role.ts";
import { toolsLeftOut } from "../chatMessages.ts";
import { isArray, isObject, isString, type JsonObject, type JsonPath, type JsonValue } from "../jsonValue.ts";
import { isOptionalString, keyMatch } from "../keyMatch.ts";
import { fieldName, isBlank, message, textPart } from "../rowParts.ts";
import type { Shape } from "../shape.ts";
import { rowsOfTurns, type TurnOrProblem, turnProblem } from "../turns.ts";

/** Who speaks, in the words of ShareGPT and of LLaMA-Factory, which trains on function calls as on answers. */
const speakers: Readonly<Record<string, MessageRole>> = {
  system: "system",
  human: "user",
  user: "user",
  gpt: "assistant",
  assistant: "assistant",
  chatgpt: "assistant",
  bing: "assistant",
  bard: "assistant",
  function_call: "assistant",
  tool: "tool",
  observation: "tool",
};

export const sharegpt: Shape = {
  name: "sharegpt",
  title: "ShareGPT",
  matches: (record) =>
    keyMatch(
      record,
      { conversations: isConversation },
      { id: () => true, system: isOptionalString, tools: () => true },
    ),
  rows: (record) => {
    const items = isConversation(record.conversations) ? record.conversations : [];
    const turns = items.map((item, i) => turn(item, ["conversations", i]));
    const system =
      isString(record.system) && !isBlank(record.system)
        ? [message("system", [textPart(record.system, ["system"])])]
        : [];
    const hasTools = isArray(record.tools) ? record.tools.length > 0 : isString(record.tools) && !isBlank(record.tools);
    return rowsOfTurns([...(hasTools ? [toolsLeftOut(["tools"])] : []), ...turns], {
      path: ["conversations"],
      before: system,
    });
  },
};

function isConversation(value: JsonValue | undefined): value is readonly JsonObject[] {
  return (
    isArray(value) &&
    value.length > 0 &&
    value.every((item) => isObject(item) && isString(item.from) && isString(item.value))
  );
}

function turn(item: JsonObject, path: JsonPath): TurnOrProblem {
  const from = String(item.from);
  const role = Object.hasOwn(speakers, from) ? speakers[from] : undefined;
  if (role === undefined) {
    const fromPath = [...path, "from"];
    return turnProblem("dataset/unknown-role", "error", fromPath, { field: fieldName(fromPath), role: from });
  }
  const valuePath = [...path, "value"];
  return { role, parts: [textPart(String(item.value), valuePath)], path: valuePath };
}
