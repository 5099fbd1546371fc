import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readStopTokens } from "../../../src/model/stopTokens.ts";

function folderWith(generationConfig: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), "context-reliance-stop-"));
  if (generationConfig !== undefined) {
    writeFileSync(join(folder, "generation_config.json"), JSON.stringify(generationConfig));
  }
  return folder;
}

describe("readStopTokens", () => {
  test.each([
    ["both files, each once", { eos_token_id: [5, 2] }, 5, [5, 2]],
    ["several in config.json", undefined, [7, 9], [7, 9]],
    ["one in each", { eos_token_id: 3 }, 1, [1, 3]],
    ["none", {}, undefined, []],
    ["nothing that is no token", { eos_token_id: ["x", null, 1.5] }, null, []],
  ])("%s", (_name, generationConfig, eos, expected) => {
    const eosTokenId = [eos].flat()[0] ?? null;
    const files = { path: folderWith(generationConfig), config: { eos_token_id: eos } };
    expect(readStopTokens(files, { eosTokenId })).toEqual(expected);
  });

  test("says which file is no JSON", () => {
    const path = folderWith({});
    writeFileSync(join(path, "generation_config.json"), "{");
    const read = () => readStopTokens({ path, config: {} }, { eosTokenId: 1 });
    expect(read).toThrow(expect.objectContaining({ code: "model/file-invalid" }));
  });
});
