import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MessageRole } from "../../src/core/role.ts";
import type { Message, Row } from "../../src/core/row.ts";
import { type InspectedBook, inspectRow } from "../../src/engine/inspectRow.ts";
import type { LanguageModel } from "../../src/engine/languageModel.ts";
import { openLanguageModel } from "../../src/model/loadedModel.ts";

const projectRoot = join(import.meta.dirname, "..", "..");
const modelFolder = join(projectRoot, "media", "model");

interface GoldenBook {
  readonly prompt: string;
  readonly tokenIds: readonly number[];
  readonly targetStart: number;
  readonly targetEnd: number;
  readonly logProbs: readonly number[];
  readonly endLogProb: number;
}

interface GoldenExample {
  readonly name: string;
  readonly messages: readonly { readonly role: MessageRole; readonly content: string }[];
  readonly context: { readonly message: number; readonly start: number; readonly end: number } | null;
  readonly target: string;
  readonly open: GoldenBook;
  readonly closed: GoldenBook | null;
}

interface Golden {
  readonly modelSha256: string;
  readonly examples: readonly GoldenExample[];
}

const golden: Golden = JSON.parse(readFileSync(join(projectRoot, "test", "golden", "bundledModel.json"), "utf8"));

/** The example as a row: its context is cut out of the message, with the one newline that holds it. */
function rowOf({ messages, context, target }: GoldenExample): Row {
  const prompt = messages.map(({ role, content }, messageIdx): Message => {
    if (context?.message !== messageIdx) return { role, parts: [{ kind: "text", text: content }] };
    const passage = { kind: "context" as const, text: content.slice(context.start, context.end) };
    const separator = { kind: "separator" as const, text: "\n" };
    const text = (words: string) => ({ kind: "text" as const, text: words });
    return context.start === 0
      ? { role, parts: [passage, separator, text(content.slice(context.end + 1))] }
      : { role, parts: [text(content.slice(0, context.start - 1)), separator, passage] };
  });
  return { prompt, target: { kind: "text", text: target } };
}

function expectBook(book: InspectedBook, expected: GoldenBook): void {
  expect(book.prompt.text.slice(0, expected.prompt.length)).toBe(expected.prompt);
  expect([...book.prompt.tokenIds]).toEqual(expected.tokenIds);
  expect(book.prompt.target).toEqual({ start: expected.targetStart, end: expected.targetEnd });
  const all = [...expected.logProbs, expected.endLogProb];
  expect(book.logProbs.length).toBe(all.length);
  for (const [idx, logProb] of all.entries()) {
    expect(Math.abs((book.logProbs[idx] ?? Number.NaN) - logProb)).toBeLessThan(1e-4);
  }
}

/** The product's promise: text, tokens and numbers are those of PyTorch on the same weights. */
describe("the bundled model against PyTorch", () => {
  let model: LanguageModel;

  beforeAll(async () => {
    model = await openLanguageModel(modelFolder);
  });

  afterAll(() => model.release());

  test("the golden numbers were made from the weights that ship", () => {
    const bytes = readFileSync(join(modelFolder, "onnx", "model.onnx"));
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(golden.modelSha256);
  });

  test.each(golden.examples)("$name", async (example) => {
    const { open, closed } = await inspectRow(rowOf(example), model);
    expectBook(open, example.open);
    if (example.closed && example.context && closed) expectBook(closed, example.closed);
    else expect(example.context).toBeNull();
  });
});
