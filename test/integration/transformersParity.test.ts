import { join } from "node:path";
import { AutoTokenizer, env, pipeline } from "@huggingface/transformers";
import { beforeAll, describe, expect, test } from "vitest";
import type { MessageRole } from "../../src/core/role.ts";
import type { Row } from "../../src/core/row.ts";
import type { LanguageModel } from "../../src/engine/languageModel.ts";
import { openLanguageModel } from "../../src/model/loadedModel.ts";

const modelFolder = join(import.meta.dirname, "..", "..", "media", "model");

const conversations: [MessageRole, string][][] = [
  [
    ["user", "What is the capital of Peru?"],
    ["assistant", "Lima"],
  ],
  [
    ["system", "Answer from the passage."],
    ["user", "Tiruna lies in Ōsaka 大阪.\nWhere?"],
    ["assistant", "In 大阪 🙂, of course."],
  ],
  [
    ["user", "Hello"],
    ["assistant", "Hi"],
    ["user", "  Spaces  and\n\nlines\t"],
    ["assistant", "émigré naïve"],
  ],
  [
    ["user", "[IND] <|user|> <s>"],
    ["assistant", "<|end|> is a mark"],
  ],
];

function rowOf(conversation: [MessageRole, string][]): Row {
  const messages = conversation.map(([role, text]) => ({ role, parts: [{ kind: "text" as const, text }] }));
  return { prompt: messages.slice(0, -1), target: { kind: "text", text: conversation.at(-1)?.[1] ?? "" } };
}

/** transformers.js is what people load such folders with: ours must read the same text as the same tokens. */
describe("the bundled model in transformers.js", () => {
  let model: LanguageModel;

  beforeAll(async () => {
    env.allowRemoteModels = false;
    env.useFSCache = false;
    model = await openLanguageModel(modelFolder);
  });

  test("renders and tokenizes conversations as we do", async () => {
    const tokenizer = await AutoTokenizer.from_pretrained(modelFolder, { local_files_only: true });
    for (const conversation of conversations) {
      const messages = conversation.map(([role, content]) => ({ role, content }));
      const theirs = tokenizer.apply_chat_template(messages, { tokenize: false });
      const ours = model.segment(rowOf(conversation), "open");
      expect(ours.text).toBe(theirs);
      expect([...ours.tokenIds]).toEqual(tokenizer.encode(ours.text, { add_special_tokens: false }));
    }
  });

  test("generates text from the same folder", async () => {
    const generate = await pipeline("text-generation", modelFolder, { dtype: "fp32", local_files_only: true });
    const output = await generate([{ role: "user", content: "What is the capital of France?" }], {
      max_new_tokens: 8,
      do_sample: false,
    });
    expect(JSON.stringify(output)).toMatch(/"assistant","content":"[^"]+"/);
    await generate.dispose();
  });
});
