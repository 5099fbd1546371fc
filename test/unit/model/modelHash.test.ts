import { mkdtemp, open, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashModel } from "../../../src/model/modelHash.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "model-hash-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(root, name);
  await writeFile(path, text);
  return path;
}

describe("a model's fingerprint", () => {
  it("is that of its bytes, wherever and whenever they were written", async () => {
    const [a, b] = [await file("a", "weights"), await file("b", "weights")];
    await utimes(b, 1, 1);
    const first = hashModel([a], "tokens");
    expect(first.kind).toBe("full");
    expect(first.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(hashModel([b], "tokens")).toEqual(first);
  });

  it("changes with any byte, with the order of the files and with the text", async () => {
    const [a, b] = [await file("a", "weights"), await file("b", "Weights")];
    const hashes = [
      hashModel([a], ""),
      hashModel([b], ""),
      hashModel([a, b], ""),
      hashModel([b, a], ""),
      hashModel([a], "tokens"),
    ];
    expect(new Set(hashes.map(({ hash }) => hash)).size).toBe(hashes.length);
  });

  it("is remembered until the file changes", async () => {
    const a = await file("a", "weights");
    const before = hashModel([a], "");
    await writeFile(a, "WEIGHTS");
    await utimes(a, 5, 5);
    const after = hashModel([a], "");
    expect(after.hash).not.toBe(before.hash);
    expect(hashModel([a], "")).toEqual(after);
  });

  it("samples files too large to read whole, ends included", async () => {
    const size = (256 << 20) + 4096;
    const write = async (name: string, at: number | null) => {
      const path = join(root, name);
      const handle = await open(path, "w");
      // Sparse files: at most one byte is ever written.
      await handle.truncate(size);
      if (at !== null) await handle.write(Buffer.from([1]), 0, 1, at);
      await handle.close();
      await utimes(path, 7, 7);
      return hashModel([path], "");
    };
    const empty = await write("empty", null);
    expect(empty.kind).toBe("sampled");
    expect(await write("same", null)).toEqual(empty);
    expect((await write("first", 0)).hash).not.toBe(empty.hash);
    expect((await write("last", size - 1)).hash).not.toBe(empty.hash);
  }, 60_000);
});
