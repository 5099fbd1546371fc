import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findModelFolders, modelFolderEntry } from "../../../src/extension/modelFolders.ts";

const root = mkdtempSync(join(tmpdir(), "model-folders-"));
afterAll(() => rmSync(root, { recursive: true }));

function folder(name: string, files: Record<string, number>): string {
  for (const [file, nBytes] of Object.entries(files)) {
    const path = join(root, name, file);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, Buffer.alloc(nBytes));
  }
  return join(root, name);
}

describe("model folders", () => {
  it("are told by graph and tokenizer; dtype by the graph's name, size with its external data", async () => {
    const tiny = folder("tiny", {
      "tokenizer.json": 1,
      "onnx/model.onnx": 10,
      "onnx/model.onnx_data": 90,
      "onnx/model_q4.onnx": 5,
    });
    expect(await modelFolderEntry(tiny)).toEqual({ path: tiny, name: "tiny", dtype: "float32", sizeBytes: 100 });
    const half = folder("half", { "tokenizer.json": 1, "model_fp16.onnx": 7 });
    expect(await modelFolderEntry(half)).toEqual({ path: half, name: "half", dtype: "float16", sizeBytes: 7 });
    const quarter = folder("quarter", { "tokenizer.json": 1, "onnx/model_q4f16.onnx": 7 });
    expect(await modelFolderEntry(quarter)).toMatchObject({ dtype: "q4f16" });
  });

  it("are not folders without a graph or a tokenizer, nor ones that are not there", async () => {
    expect(await modelFolderEntry(folder("texts", { "readme.md": 1, "tokenizer.json": 1 }))).toBeNull();
    expect(await modelFolderEntry(folder("graph-only", { "model.onnx": 1 }))).toBeNull();
    expect(await modelFolderEntry(join(root, "nothing"))).toBeNull();
  });

  it("are found in a parent and as themselves, by name, once", async () => {
    const found = await findModelFolders([root, join(root, "tiny"), join(root, "nothing")]);
    expect(found.map(({ name }) => name)).toEqual(["half", "quarter", "tiny"]);
  });
});
