import { type AskedQuestion, isConflict } from "../core/conflictQuality.ts";
import type { ConflictKind } from "../core/conflictSummary.ts";
import { isArray, isObject, isString, type JsonObject, type JsonPath, type JsonValue } from "./jsonValue.ts";
import { isBlank } from "./rowParts.ts";
import type { ShapeProblem } from "./shape.ts";

/** A question of a conflict file, as its record asks it. Answers are names of one answer, the first is the one that is scored. */
export interface ConflictQuestion extends AskedQuestion {
  readonly kind: ConflictKind;
  /** What the bootstrap draws together: the value of the group key, or the question. */
  readonly group: string;
}

/** What a record asks, or why it asks nothing. */
export interface ConflictReading {
  readonly question: ConflictQuestion | null;
  readonly problems: readonly ShapeProblem[];
}

/**
 * Reads `context`, `question`, `answer` and `memory_answer` (or `parametric_answer`) of a record; answers may be lists of
 * names, and SQuAD's `answers.text` is an `answer` too. Without a context the answer is expected from memory.
 */
export function readConflictQuestion(record: JsonObject, groupKey: string | null): ConflictReading {
  const { question, context } = record;
  if (!isString(question) || isBlank(question)) return unreadable("dataset/no-question", ["question"], record);
  if (context !== undefined && context !== null && !isString(context)) {
    return unreadable("dataset/not-a-text", ["context"], record);
  }
  const memoryKey = record.memory_answer === undefined ? "parametric_answer" : "memory_answer";
  const [answerPath, answerValue] = answerOf(record);
  const answers = names(answerValue);
  const memory = names(record[memoryKey]);
  if (memory === null) return unreadable("dataset/not-an-answer", [memoryKey], record);
  if (answers === null || answers.length + memory.length === 0) {
    return unreadable("dataset/not-an-answer", answerPath, record);
  }
  const group = groupOf(groupKey === null ? undefined : record[groupKey], question);
  if (!isString(context) || isBlank(context)) {
    const parametricAnswers = memory.length > 0 ? memory : answers;
    return asked({ kind: "recall", question, context: null, contextualAnswers: [], parametricAnswers, group });
  }
  if (answers.length === 0) return unreadable("dataset/not-an-answer", answerPath, record);
  const item = { question, context, contextualAnswers: answers, parametricAnswers: memory, group };
  return asked({ kind: isConflict(item) ? "conflict" : "contextual", ...item });
}

/** The answer that the context gives, and where it stands. */
function answerOf({ answer, answers }: JsonObject): [JsonPath, JsonValue | undefined] {
  return answer === undefined && isObject(answers) ? [["answers", "text"], answers.text] : [["answer"], answer];
}

function asked(question: ConflictQuestion): ConflictReading {
  return { question, problems: [] };
}

function unreadable(code: string, path: JsonPath, record: JsonObject): ConflictReading {
  const keys = Object.keys(record).slice(0, 10).join(", ");
  return { question: null, problems: [{ code, severity: "error", data: { field: path.join("."), keys }, path }] };
}

/** The names of an answer, none where there is none; null where the value is neither text nor a list of texts. */
function names(value: JsonValue | undefined): string[] | null {
  const list = isArray(value) ? value : value === undefined || value === null ? [] : [value];
  return list.every(isString) ? list.map((name) => name.trim()).filter((name) => name !== "") : null;
}

function groupOf(value: JsonValue | undefined, question: string): string {
  return value === undefined || value === null ? question : isString(value) ? value : JSON.stringify(value);
}
