import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openModelFolder } from "../../../src/model/modelFolder.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "model-folder-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const complete: Record<string, string> = {
  "config.json": '{"model_type":"llama"}',
  "tokenizer.json": "{}",
  "tokenizer_config.json": '{"chat_template":"{{ messages }}"}',
  "onnx/model.onnx": "graph",
};

async function write(files: Record<string, string>, folder = root): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}
async function without(name: string): Promise<void> {
  const { [name]: _, ...rest } = complete;
  await write(rest);
}
async function failure(folder = root): Promise<unknown> {
  return openModelFolder(folder).then(
    () => "opened",
    (error: unknown) => error,
  );
}

describe("a model folder", () => {
  it("is found with all its files", async () => {
    await write(complete);
    const folder = await openModelFolder(root);
    expect(folder).toMatchObject({
      graphFile: join(folder.path, "onnx", "model.onnx"),
      dtype: "float32",
      graphs: ["onnx/model.onnx"],
      chatTemplate: "{{ messages }}",
      config: { model_type: "llama" },
    });
  });

  it("prefers the most exact weights, the onnx folder, and what is asked for", async () => {
    await write({ ...complete, "onnx/model_q4.onnx": "", "onnx/model_fp16.onnx": "", "model.onnx": "" });
    expect((await openModelFolder(root)).graphs).toEqual([
      "onnx/model.onnx",
      "model.onnx",
      "onnx/model_fp16.onnx",
      "onnx/model_q4.onnx",
    ]);
    const asked = await openModelFolder(root, { dtype: "q4" });
    expect([asked.dtype, asked.graphFile.endsWith("model_q4.onnx")]).toEqual(["q4", true]);
    await expect(openModelFolder(root, { dtype: "q4f16" })).rejects.toMatchObject({
      code: "model/graph-missing",
      data: { dtype: "q4f16", found: "onnx/model.onnx, model.onnx, onnx/model_fp16.onnx, onnx/model_q4.onnx" },
    });
  });

  it("takes a graph that lies in the root", async () => {
    await without("onnx/model.onnx");
    await write({ "model_quantized.onnx": "" });
    expect(await openModelFolder(root)).toMatchObject({ dtype: "int8", graphs: ["model_quantized.onnx"] });
  });

  it("says what is missing", async () => {
    expect(await failure(join(root, "nowhere"))).toMatchObject({
      code: "model/folder-missing",
      data: { reason: "ENOENT" },
    });
    await without("onnx/model.onnx");
    expect(await failure()).toMatchObject({ code: "model/graph-missing", data: { folder: await realpath(root) } });
    await write({ "onnx/model.onnx": "" });
    await rm(join(root, "tokenizer.json"));
    expect(await failure()).toMatchObject({ code: "model/tokenizer-missing" });
    await rm(join(root, "config.json"));
    expect(await failure()).toMatchObject({ code: "model/file-missing", data: { file: "config.json" } });
    expect(await failure(join(root, "onnx", "model.onnx"))).toMatchObject({
      code: "model/folder-missing",
      data: { reason: "not a folder" },
    });
  });

  it("says which file is broken or too large", async () => {
    await write({ ...complete, "config.json": "{" });
    expect(await failure()).toMatchObject({ code: "model/file-invalid" });
    await write({ "config.json": "[]" });
    expect(await failure()).toMatchObject({ code: "model/file-invalid", data: { reason: "not a JSON object" } });
    await write({ "config.json": `{"a":"${"x".repeat(1 << 20)}"}` });
    expect(await failure()).toMatchObject({ code: "model/file-too-large", data: { maxBytes: 1 << 20 } });
    await write({ "config.json": "{}", "tokenizer_config.json": '{"chat_template":5}' });
    expect(await failure()).toMatchObject({
      code: "model/file-invalid",
      data: { reason: "chat_template is not text" },
    });
  });

  it("reads a template from its own file first, then by name, or has none", async () => {
    const named = [
      { name: "tool_use", template: "tools" },
      { name: "default", template: "chat" },
    ];
    await write({ ...complete, "tokenizer_config.json": JSON.stringify({ chat_template: named }) });
    expect((await openModelFolder(root)).chatTemplate).toBe("chat");
    await write({ "chat_template.jinja": "own" });
    expect((await openModelFolder(root)).chatTemplate).toBe("own");
    await rm(join(root, "chat_template.jinja"));
    await rm(join(root, "tokenizer_config.json"));
    expect((await openModelFolder(root)).chatTemplate).toBeNull();
  });

  it("follows the links of a hub cache and takes its name from there", async () => {
    const blobs = join(root, "models--org--tiny", "blobs");
    const snapshot = join(root, "models--org--tiny", "snapshots", "abc");
    await write(
      Object.fromEntries(Object.entries(complete).map(([name, text]) => [name.replace("/", "-"), text])),
      blobs,
    );
    await mkdir(join(snapshot, "onnx"), { recursive: true });
    for (const name of Object.keys(complete)) await symlink(join(blobs, name.replace("/", "-")), join(snapshot, name));
    const folder = await openModelFolder(snapshot);
    expect(folder.name).toBe("org/tiny");
    expect(folder.graphs).toEqual(["onnx/model.onnx"]);
    await rm(join(blobs, "onnx-model.onnx"));
    expect(await failure(snapshot)).toMatchObject({ code: "model/graph-missing" });
  });
});
