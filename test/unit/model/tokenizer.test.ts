import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createTokenizer, openTokenizer } from "../../../src/model/tokenizer.ts";
import { byteLevelSource, tinyTokenizer } from "./tinyTokenizers.ts";

const noIds = { bosTokenId: null, eosTokenId: null };
const model = { type: "BPE", vocab: { a: 0, b: 1 }, merges: [] };

describe("a tokenizer", () => {
  it("knows its special tokens, written as text or as an object", () => {
    const tokenizer = createTokenizer(byteLevelSource.tokenizer, byteLevelSource.config, noIds);
    expect(tokenizer.specialTokens).toEqual({ bos_token: "<s>", eos_token: "</s>" });
    const { tokenIds } = tokenizer.encode("<s>a");
    expect([...tokenIds].map((id) => [tokenizer.tokenText(id), tokenizer.isSpecial(id)])).toEqual([
      ["<s>", true],
      ["a", false],
    ]);
    expect(tokenizer.tokenText(99_999)).toBe("");
  });

  it("begins sequences with the named token, the model's, or the one that ends documents", () => {
    const start = (config: object, ids = noIds as { bosTokenId: number | null; eosTokenId: number | null }) =>
      createTokenizer(
        tinyTokenizer("t", model, {}, [{ content: "<s>" }, { content: "</s>" }]).tokenizer,
        { ...config },
        ids,
      ).startTokenId;
    expect(start({ bos_token: "<s>", eos_token: "</s>" }, { bosTokenId: 1, eosTokenId: 1 })).toBe(2);
    expect(start({ eos_token: "</s>" }, { bosTokenId: 1, eosTokenId: 0 })).toBe(1);
    expect(start({ eos_token: "</s>" })).toBe(3);
    expect(start({}, { bosTokenId: null, eosTokenId: 0 })).toBe(0);
    expect(start({})).toBeNull();
  });

  it("refuses what it cannot read exactly", () => {
    const refused =
      (source: { tokenizer: object; config: object }, text = "a") =>
      () =>
        createTokenizer({ ...source.tokenizer }, { ...source.config }, noIds).encode(text);
    expect(refused(tinyTokenizer("t", model, {}, [], { do_lowercase_and_remove_accent: true }))).toThrow(
      /tokenizer-unsupported/,
    );
    expect(refused(tinyTokenizer("t", model, { normalizer: { type: "Nmt" } }))).toThrow(/tokenizer-unsupported/);
    expect(refused(tinyTokenizer("t", model, {}, [{ content: "b", single_word: true }]), "a b")).toThrow(
      /whole words only/,
    );
    expect(refused({ tokenizer: {}, config: {} })).toThrow(/tokenizer-unsupported/);
    const unigram = {
      type: "Unigram",
      unk_id: 0,
      byte_fallback: true,
      vocab: [
        ["<unk>", 0],
        ["a", -1],
      ],
    };
    expect(refused(tinyTokenizer("t", unigram, {}), "az")).toThrow(/no number for/);
  });

  it("is opened from its file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tokenizer-"));
    try {
      const file = join(folder, "tokenizer.json");
      await expect(openTokenizer(file, {}, noIds)).rejects.toMatchObject({ code: "model/tokenizer-missing" });
      await writeFile(file, JSON.stringify(byteLevelSource.tokenizer));
      const tokenizer = await openTokenizer(file, byteLevelSource.config, noIds);
      expect([...tokenizer.encode(" town").tokenOffsets]).toEqual([0, 5]);
      await writeFile(file, "{");
      await expect(openTokenizer(file, {}, noIds)).rejects.toMatchObject({ code: "model/file-invalid" });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
