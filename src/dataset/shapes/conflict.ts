import { isString } from "../jsonValue.ts";
import { keyMatch } from "../keyMatch.ts";
import { contextFirst, singleRow, textPart } from "../rowParts.ts";
import type { Shape } from "../shape.ts";

const asked = { context: isString, question: isString, answer: isString };

/** Context-parametric inversion's conflict sets: the answer follows the context, against what is remembered. */
export const conflict: Shape = {
  name: "conflict",
  title: "Knowledge conflict",
  matches: (record) =>
    Math.max(
      keyMatch(record, { ...asked, memory_answer: isString }, { parametric_answer: isString }),
      keyMatch(record, { ...asked, parametric_answer: isString }),
    ),
  rows: (record) =>
    singleRow(
      [
        contextFirst(
          textPart(String(record.context), ["context"], "context"),
          textPart(String(record.question), ["question"]),
        ),
      ],
      textPart(String(record.answer), ["answer"]),
    ),
};
