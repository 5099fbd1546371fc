import { isArray, isObject, isString, type JsonObject, type JsonValue } from "../jsonValue.ts";
import { isOptionalString, keyMatch } from "../keyMatch.ts";
import { contextFirst, noTarget, singleRow, textPart } from "../rowParts.ts";
import type { Shape } from "../shape.ts";

/** SQuAD in the flat form of Hugging Face datasets. The first answer is the target; version 2 has rows without one. */
export const squad: Shape = {
  name: "squad",
  title: "SQuAD",
  matches: (record) =>
    keyMatch(
      record,
      { context: isString, question: isString, answers: isAnswers },
      { id: isOptionalString, title: isOptionalString },
    ),
  rows: (record) => {
    const answer = answerTexts(record)[0];
    if (answer === undefined) return { rows: [], problems: [noTarget(["answers", "text"], 0)] };
    const context = textPart(String(record.context), ["context"], "context");
    const question = textPart(String(record.question), ["question"]);
    return singleRow([contextFirst(context, question)], textPart(answer, ["answers", "text", 0]));
  },
};

function isAnswers(value: JsonValue | undefined): boolean {
  if (!isObject(value) || !isArray(value.text) || !value.text.every(isString)) return false;
  return value.answer_start === undefined || isArray(value.answer_start);
}

function answerTexts(record: JsonObject): readonly string[] {
  return isObject(record.answers) && isArray(record.answers.text) ? record.answers.text.filter(isString) : [];
}
