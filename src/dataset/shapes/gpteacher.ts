import { isString } from "../jsonValue.ts";
import { keyMatch } from "../keyMatch.ts";
import { contextLast, singleRow, textPart } from "../rowParts.ts";
import type { Shape } from "../shape.ts";

/** GPTeacher and Axolotl's `alpaca_chat`: Alpaca with its answer under `response`. */
export const gpteacher: Shape = {
  name: "gpteacher",
  title: "GPTeacher",
  matches: (record) => keyMatch(record, { instruction: isString, input: isString, response: isString }),
  rows: (record) =>
    singleRow(
      [
        contextLast(
          textPart(String(record.instruction), ["instruction"]),
          textPart(String(record.input), ["input"], "context"),
        ),
      ],
      textPart(String(record.response), ["response"]),
    ),
};
