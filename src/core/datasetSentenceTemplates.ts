/** What each problem of a dataset means to the person who reads it; see `sentenceTemplates.ts` for the keys. */
export const datasetSentenceTemplates: Readonly<Record<string, readonly string[]>> = {
  "dataset/array-not-closed": ["The list of rows is not closed; the file may be cut off. Add the missing ]."],
  "dataset/extra-comma": ["There is a comma with no row before it. Remove it."],
  "dataset/trailing-comma": ["There is a comma after the last entry. Remove it; the row was read without it."],
  "dataset/text-after-array": ["There is text after the end of the list of rows. Remove it, or move it into the list."],
  "dataset/missing-comma": ["A comma is missing between two rows. Add it."],
  "dataset/line-too-long": [
    "The row has {length} characters, more than the {limit} that are read. Check that its line end is not missing, or shorten it.",
  ],
  "dataset/nested-too-deep": [
    "The row is nested deeper than the {limit} levels that are read. Check that it is a training row.",
  ],
  "dataset/record-not-object": [
    "The row is of type {found}; a row must be a JSON object, keys and values in braces. Correct it.",
  ],
  "dataset/not-a-number": ["{literal} is not JSON. Write null or a number instead."],
  "dataset/invalid-utf8": [
    "The file holds bytes that are no text (UTF-8) at byte {byte}; a replacement character was read for them. Save the file as UTF-8.",
  ],
  "dataset/duplicate-key": [
    'The key "{key}" stands more than once in the row; the last one counts. Remove the others.',
  ],
  "dataset/lone-surrogate": [
    "The text holds half a character ({found}), which no model can read as written. Replace it by the whole character.",
  ],
  "dataset/invalid-json:number": ["The row is not JSON: a number is written wrongly at {found}. Correct it."],
  "dataset/invalid-json:digit": ["The row is not JSON: a number ends too early at {found}. Correct it."],
  "dataset/invalid-json:key": ["The row is not JSON: a key in double quotes is missing before {found}. Add it."],
  "dataset/invalid-json:value": [
    "The row is not JSON: a value is missing before {found}. Add it; text stands in double quotes.",
  ],
  "dataset/invalid-json:colon": ["The row is not JSON: a colon is missing before {found}. Add it."],
  "dataset/invalid-json:comma": ["The row is not JSON: a comma is missing before {found}. Add it."],
  "dataset/invalid-json:comma-or-end": ["The row is not JSON: a comma or the end is missing before {found}. Add it."],
  "dataset/invalid-json:closing-brace": ["The row is not JSON: a closing brace is missing. Add it."],
  "dataset/invalid-json:closing-bracket": ["The row is not JSON: a closing ] is missing. Add it."],
  "dataset/invalid-json:closing-quote": [
    "The row is not JSON: the text that begins at {found} has no closing quote. Add it.",
  ],
  "dataset/invalid-json:end-of-record": [
    "The line goes on after the end of its row, at {found}. Begin a new line there, or remove it.",
  ],
  "dataset/invalid-json:no-comment": ["The row is not JSON: it holds a comment at {found}. Remove it."],
  "dataset/invalid-json:four-hex-digits": [
    "The row is not JSON: \\u needs four hexadecimal digits at {found}. Correct the escape.",
  ],
  "dataset/invalid-json:known-escape": [
    "The row is not JSON: there is no escape like the one at {found}. Write two backslashes for one.",
  ],
  "dataset/invalid-json:escaped-control-character": [
    "The row is not JSON: a text holds a line break or another control character. Write it as an escape such as \\n.",
  ],
  "dataset/invalid-json": ["The row is not JSON at {found}. Correct it.", "The row is not JSON. Correct it."],
  "dataset/unknown-shape": [
    "The rows are of no known shape (keys: {keys}). See the README for the shapes that are read, or rename the fields.",
  ],
  "dataset/shape-mismatch": [
    "The row does not have the shape of its file, {shape} (keys: {keys}). Correct its fields, or move it to a file of its own.",
  ],
  "dataset/unknown-role": [
    'The role "{role}" in {field} is not known, so the row was not scored. Use system, user, assistant or tool.',
  ],
  "dataset/content-not-text": [
    "{field} is of type {found}, so the row was not scored. Write text or a list of text parts.",
  ],
  "dataset/part-not-text": [
    "{field} is a part of type {type}, which a language model cannot read; it was left out. Check whether the row makes sense without it.",
  ],
  "dataset/too-many-turns": [
    "{field} holds {count} turns, more than the {limit} that a conversation may have. Split the conversation.",
  ],
  "dataset/more-problems": ["{count} more problems of this record are not listed. Correct the ones above first."],
  "dataset/tools-left-out": [
    "{field} is not part of the prompt that is scored: tools are left out. Read the row's score with that in mind.",
  ],
  "dataset/empty-target": ["The target {field} is empty, so there is nothing to score. Fill in the answer."],
  "dataset/no-target": ["The row has no target at {field}, so there is nothing to score. Add the assistant's answer."],
  "dataset/no-question": [
    "The row asks nothing: it has no text at {field} (keys: {keys}). Give it a question and an answer, and a context where it has one.",
  ],
  "dataset/not-a-text": ["The value of {field} is no text. Correct it, or leave it out."],
  "dataset/not-an-answer": [
    "There is no answer at {field}, a text or a list of names of one answer. Add it, or correct it.",
  ],
  "dataset/turn-not-trained": [
    "The row says that this assistant turn ({turn}, counted from 0) is not trained on, so it was not scored. Nothing needs to be done.",
  ],
};
