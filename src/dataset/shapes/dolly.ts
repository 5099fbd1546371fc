import { isString } from "../jsonValue.ts";
import { isOptionalString, keyMatch } from "../keyMatch.ts";
import { contextFirst, singleRow, textPart } from "../rowParts.ts";
import type { Shape } from "../shape.ts";

/** Databricks Dolly 15k. */
export const dolly: Shape = {
  name: "dolly",
  title: "Dolly",
  matches: (record) =>
    keyMatch(record, { instruction: isString, context: isString, response: isString }, { category: isOptionalString }),
  rows: (record) =>
    singleRow(
      [
        contextFirst(
          textPart(String(record.context), ["context"], "context"),
          textPart(String(record.instruction), ["instruction"]),
        ),
      ],
      textPart(String(record.response), ["response"]),
    ),
};
