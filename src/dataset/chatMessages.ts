import type { MessageRole } from "../core/role.ts";
import type { TextPart } from "../core/row.ts";
import { isArray, isObject, isString, type JsonObject, type JsonPath, type JsonValue, typeName } from "./jsonValue.ts";
import { fieldName, textPart } from "./rowParts.ts";
import type { ShapeProblem } from "./shape.ts";
import { type TurnOrProblem, turnProblem } from "./turns.ts";

/** OpenAI's roles; `developer` is the newer name of `system`, `function` the older name of `tool`. */
const chatRoles: Readonly<Record<string, MessageRole>> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
  tool: "tool",
  function: "tool",
};

/** Says whether a value is a list of messages: objects with a role, at least one of them. */
export function isMessageList(value: JsonValue | undefined): value is readonly JsonObject[] {
  return isArray(value) && value.length > 0 && value.every((item) => isObject(item) && isString(item.role));
}

/** The turns of a list of OpenAI chat messages that stands at `path` of the record. */
export function chatTurns(messages: readonly JsonObject[], path: JsonPath): TurnOrProblem[] {
  return messages.flatMap((message, i) => chatTurn(message, [...path, i]));
}

function chatTurn(message: JsonObject, path: JsonPath): TurnOrProblem[] {
  const role = Object.hasOwn(chatRoles, String(message.role)) ? chatRoles[String(message.role)] : undefined;
  if (role === undefined) {
    const rolePath = [...path, "role"];
    return [
      turnProblem("dataset/unknown-role", "error", rolePath, {
        field: fieldName(rolePath),
        role: String(message.role),
      }),
    ];
  }
  const contentPath = [...path, "content"];
  const callsTool = isArray(message.tool_calls) || isObject(message.function_call);
  const { parts, problems } = contentParts(message.content, contentPath, callsTool);
  if (parts === null) return [...problems];
  const leftOut = callsTool
    ? [toolsLeftOut([...path, isArray(message.tool_calls) ? "tool_calls" : "function_call"])]
    : [];
  const target = message.weight === 0 ? "untrained" : callsTool && parts.length === 0 ? "none" : undefined;
  const place = message.content === undefined ? path : contentPath;
  return [...problems, ...leftOut, { role, parts, path: place, ...(target === undefined ? {} : { target }) }];
}

/** The prompt is rendered without tool definitions and tool calls; the reader of a score must know. */
export function toolsLeftOut(path: JsonPath): ShapeProblem {
  return turnProblem("dataset/tools-left-out", "information", path, { field: fieldName(path) });
}

interface Content {
  readonly parts: readonly TextPart[] | null;
  readonly problems: readonly ShapeProblem[];
}

/** Content is a string, a list of parts of which only text is kept, or nothing beside a tool call. */
function contentParts(content: JsonValue | undefined, path: JsonPath, callsTool: boolean): Content {
  if (isString(content)) return { parts: content === "" && callsTool ? [] : [textPart(content, path)], problems: [] };
  if (isArray(content)) return listParts(content, path);
  if (content === null || content === undefined) return { parts: [], problems: [] };
  const data = { field: fieldName(path), found: typeName(content) };
  return { parts: null, problems: [turnProblem("dataset/content-not-text", "error", path, data)] };
}

function listParts(content: readonly JsonValue[], path: JsonPath): Content {
  const parts: TextPart[] = [];
  const problems: ShapeProblem[] = [];
  for (const [i, item] of content.entries()) {
    const itemPath = [...path, i];
    if (isString(item)) parts.push(textPart(item, itemPath));
    else if (isObject(item) && isString(item.text)) parts.push(textPart(item.text, [...itemPath, "text"]));
    else {
      const type = isObject(item) && isString(item.type) ? item.type : typeName(item);
      problems.push(turnProblem("dataset/part-not-text", "warning", itemPath, { field: fieldName(itemPath), type }));
    }
  }
  return { parts, problems };
}
