import { chatTurns, isMessageList, toolsLeftOut } from "../chatMessages.ts";
import { keyMatch } from "../keyMatch.ts";
import type { Shape } from "../shape.ts";
import { rowsOfTurns } from "../turns.ts";

const isAnything = () => true;

/** OpenAI chat fine-tuning, which TRL and Axolotl read too. */
export const openaiChat: Shape = {
  name: "openai-chat",
  title: "OpenAI chat",
  matches: (record) =>
    keyMatch(
      record,
      { messages: isMessageList },
      { tools: isAnything, functions: isAnything, parallel_tool_calls: isAnything },
    ),
  rows: (record) => {
    const turns = isMessageList(record.messages) ? chatTurns(record.messages, ["messages"]) : [];
    const key = ["tools", "functions"].find((name) => record[name] !== undefined && record[name] !== null);
    return rowsOfTurns([...(key === undefined ? [] : [toolsLeftOut([key])]), ...turns], { path: ["messages"] });
  },
};
