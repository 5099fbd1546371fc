import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findCachedModel, listCachedModels, modelFolderFor } from "../../../src/model/hubCache.ts";

const first = "1".repeat(40);
const second = "2".repeat(40);
const small = { "config.json": "{}", "tokenizer.json": "{}", "onnx/model_q4.onnx": "12345" };
let cache: string;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "hub-cache-"));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(cache, path)), { recursive: true });
  await writeFile(join(cache, path), content);
}

async function putModel(id: string, commit: string, files: Record<string, string>, ref?: string): Promise<string> {
  const folder = `models--${id.replaceAll("/", "--")}`;
  for (const [name, content] of Object.entries(files)) await put(`${folder}/snapshots/${commit}/${name}`, content);
  if (ref) await put(`${folder}/refs/${ref}`, commit);
  return join(cache, folder, "snapshots", commit);
}

test("lists what can be opened, and no other folder", async () => {
  const folder = await putModel(
    "org/b",
    first,
    { ...small, "onnx/model_q4.onnx_data": "678", "onnx/model_fp16.onnx": "1", "onnx/model_int8.onnx": "1" },
    "main",
  );
  await putModel("org/a", first, small, "main");
  await putModel("org/torch", first, { "config.json": "{}", "tokenizer.json": "{}", "model.safetensors": "x" }, "main");
  await putModel("org/half", first, { "config.json": "{}", "tokenizer.json": "{}" }, "main");
  await putModel("org/odd", first, { ...small, "config.json": "no JSON" }, "main");
  await put("datasets--org--c/refs/main", first);
  await put("models--../x", "");
  await put("version.txt", "1");
  expect(await listCachedModels(cache)).toEqual([
    { id: "org/a", commit: first, folder: expect.any(String), dtypes: ["q4"], sizeBytes: 5 },
    { id: "org/b", commit: first, folder, dtypes: ["float16", "q4", "int8"], sizeBytes: 1 },
  ]);
});

test("external data counts, a link whose content is gone is no graph", async () => {
  await putModel("org/a", first, { ...small, "onnx/model_q4.onnx_data": "678" }, "main");
  const folder = await putModel("org/b", first, { "config.json": "{}", "tokenizer.json": "{}" }, "main");
  await symlink("nowhere", join(folder, "model.onnx"));
  expect(await listCachedModels(cache)).toMatchObject([{ id: "org/a", sizeBytes: 8 }]);
});

test("a cache that is not there holds nothing", async () => {
  expect(await listCachedModels(join(cache, "none"))).toEqual([]);
});

describe("a model is found", () => {
  test("by the commit that its branch stood for", async () => {
    await putModel("org/a", second, small);
    const folder = await putModel("org/a", first, small, "main");
    expect(await findCachedModel(cache, { id: "org/a", revision: null })).toMatchObject({ commit: first, folder });
    expect(await findCachedModel(cache, { id: "org/a", revision: "main" })).toMatchObject({ commit: first });
    expect(await findCachedModel(cache, { id: "org/a", revision: second })).toMatchObject({ commit: second });
    expect(await findCachedModel(cache, { id: "org/a", revision: "other" })).toBeNull();
    expect(await findCachedModel(cache, { id: "org/a", revision: "../refs/main" })).toBeNull();
  });

  test("without a branch that can be opened, by the newest snapshot", async () => {
    const old = await putModel("org/a", first, small);
    const recent = await putModel("org/a", second, small);
    await utimes(old, 1000, 1000);
    await utimes(recent, 2000, 2000);
    expect(await findCachedModel(cache, { id: "org/a", revision: null })).toMatchObject({ commit: second });
    await put("models--org--a/refs/main", "3".repeat(40));
    expect(await findCachedModel(cache, { id: "org/a", revision: null })).toMatchObject({ commit: second });
    await put("models--org--a/refs/main", "../../../../etc");
    expect(await findCachedModel(cache, { id: "org/a", revision: null })).toMatchObject({ commit: second });
  });
});

describe("what --model means", () => {
  test("a path that exists comes first, then an id in the cache", async () => {
    const folder = await putModel("org/a", first, small, "main");
    expect(await modelFolderFor(folder, cache)).toBe(folder);
    expect(await modelFolderFor("org/a", cache)).toBe(folder);
    expect(await modelFolderFor("org/a@main", cache)).toBe(folder);
    expect(await modelFolderFor(`org/a@${first}`, cache)).toBe(folder);
    await expect(modelFolderFor(`org/a@${second}`, cache)).rejects.toMatchObject({ code: "hub/not-cached" });
  });

  test("an id that is not there says how to load it", async () => {
    await expect(modelFolderFor("org/none", cache)).rejects.toMatchObject({
      code: "hub/not-cached",
      data: { id: "org/none", cacheFolder: cache },
    });
  });

  test.each(["./none", "../none/x", "/none", "none", "a/b/c"])(
    "the missing path %s is left to be said",
    async (path) => {
      expect(await modelFolderFor(path, cache)).toBe(path);
    },
  );
});
