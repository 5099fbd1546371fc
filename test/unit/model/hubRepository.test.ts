import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sentence } from "../../../src/core/sentence.ts";
import { chooseDtype, hubChoices, sizeText } from "../../../src/model/hubChoice.ts";
import { parseHubId } from "../../../src/model/hubNames.ts";
import { TransferRate } from "../../../src/model/hubRate.ts";
import { type HubRepository, readHubRepository } from "../../../src/model/hubRepository.ts";
import { gitHash, HubServer, sha256 } from "../../fixture/hubServer.ts";

const patience = { nAttempts: 2, firstWaitMs: 1, stallMs: 1000 };
let hub: HubServer;

beforeAll(async () => {
  hub = await HubServer.start();
});
afterAll(() => hub.stop());
beforeEach(() => {
  hub.editList = (list) => list;
  hub.faults.length = 0;
});

function read(id: string, token?: string): Promise<HubRepository> {
  const access = { endpoint: hub.endpoint, ...(token === undefined ? {} : { token }) };
  return readHubRepository(parseHubId(id), access, new AbortController().signal, patience);
}

describe("the list of files", () => {
  test("gives sizes, hashes and the commit", async () => {
    const large = Buffer.alloc(3000, 1);
    const commit = hub.publish("org/a", { "config.json": "{}", "onnx/model.onnx": large });
    expect(await read("org/a")).toEqual({
      id: "org/a",
      revision: "main",
      commit,
      files: [
        { name: "config.json", sizeBytes: 2, hash: gitHash(Buffer.from("{}")), hashKind: "git" },
        { name: "onnx/model.onnx", sizeBytes: 3000, hash: sha256(large), hashKind: "sha256" },
      ],
    });
  });

  test("git's hash is the one that git gives", () => {
    // git hash-object of a file with "hello\n"
    expect(gitHash(Buffer.from("hello\n"))).toBe("ce013625030ba8dba906f756967f9e9ca394464a");
  });

  test.each([
    ["org/none", "hub/not-found", "model", /no model org\/none that you may see/],
    ["org/a@none", "hub/not-found", "revision", /no branch, tag or commit none/],
  ])("%s is not there", async (id, code, reason, said) => {
    hub.publish("org/a", { "config.json": "{}" });
    const error = await read(id).catch((e) => e);
    expect(error).toMatchObject({ code, data: { reason } });
    expect(sentence(error.code, error.data)).toMatch(said);
  });

  test.each([
    [401, undefined, "hub/gated", "login"],
    [403, "token", "hub/gated", "token"],
    [418, undefined, "hub/refused", undefined],
    [301, undefined, "hub/redirect-refused", undefined],
  ])("status %d with token %s is %s", async (status, token, code, reason) => {
    hub.faults.push({ file: "list", status });
    const error = await read("org/a", token).catch((e) => e);
    expect(error).toMatchObject({ code, data: reason === undefined ? {} : { reason } });
    expect(sentence(error.code, error.data)).not.toContain("{");
  });

  test.each(["../x", "/etc/passwd", "onnx/../../x", "a\\..\\x", "C:/x", "a\0b", "nul", "onnx/con.onnx"])(
    "a file named %j is refused",
    async (name) => {
      hub.publish("org/a", { "config.json": "{}", [name]: "x" });
      await expect(read("org/a")).rejects.toMatchObject({ code: "hub/unsafe-name", data: { id: "org/a", name } });
    },
  );

  const blobId = "a".repeat(40);
  test.each([
    ["no object", [], "not JSON"],
    ["no commit", { siblings: [] }, "no commit"],
    ["a commit that is a path", { sha: "../../x", siblings: [] }, "no commit"],
    ["no files", { sha: blobId }, "no files"],
    ["a file that is text", { sha: blobId, siblings: ["x"] }, "a file without a name"],
    ["no size", { sha: blobId, siblings: [{ rfilename: "x", blobId }] }, "a file without a size"],
    ["a negative size", { sha: blobId, siblings: [{ rfilename: "x", size: -1, blobId }] }, "a file without a size"],
    ["a broken size", { sha: blobId, siblings: [{ rfilename: "x", size: 0.5, blobId }] }, "a file without a size"],
    ["no hash", { sha: blobId, siblings: [{ rfilename: "x", size: 1 }] }, "a file without a hash"],
    [
      "a hash that is a path",
      { sha: blobId, siblings: [{ rfilename: "x", size: 1, lfs: { size: 1, sha256: "../x" } }] },
      "a file without a hash",
    ],
  ])("%s is no list", async (_name, list, reason) => {
    hub.publish("org/a", { "config.json": "{}" });
    hub.editList = () => list;
    await expect(read("org/a")).rejects.toMatchObject({ code: "hub/list-invalid", data: { reason } });
  });

  test("a list without end is given up", async () => {
    hub.publish("org/a", { "config.json": "{}" });
    hub.editList = () => ({ padding: "x".repeat((32 << 20) + 1) });
    await expect(read("org/a")).rejects.toMatchObject({ code: "hub/list-invalid", data: { reason: "too long" } });
  });
});

describe("what can be chosen", () => {
  const common = { "config.json": "{}", "tokenizer.json": "{}", "tokenizer_config.json": "{}", "merges.txt": "x" };

  async function published(files: Record<string, string>): Promise<HubRepository> {
    hub.publish("org/b", files);
    return read("org/b");
  }

  test("every dtype once, best first, with its external data and no other", async () => {
    const repository = await published({
      ...common,
      "onnx/model_q4.onnx": "four",
      "onnx/model_quantized.onnx": "int8 again",
      "onnx/model_int8.onnx": "int8",
      "onnx/model.onnx": "g",
      "onnx/model.onnx_data": "0123456789",
      "onnx/model.onnx_data_1": "01234",
      "onnx/model.onnx_database": "no",
      "onnx/model_fp16.onnx": "half",
      "onnx/model_fp16.onnx.data": "01",
      "onnx/decoder_model_merged.onnx": "merged",
      "model.onnx": "elsewhere",
    });
    const choices = hubChoices(repository);
    expect(choices.map(({ dtype, graphName }) => [dtype, graphName])).toEqual([
      ["float32", "onnx/model.onnx"],
      ["float16", "onnx/model_fp16.onnx"],
      ["q4", "onnx/model_q4.onnx"],
      ["int8", "onnx/model_int8.onnx"],
    ]);
    expect(choices[0]?.files.map(({ name }) => name)).toEqual([
      "config.json",
      "tokenizer.json",
      "tokenizer_config.json",
      "onnx/model.onnx_data",
      "onnx/model.onnx_data_1",
      "onnx/model.onnx",
    ]);
    expect(choices.map(({ sizeBytes }) => sizeBytes)).toEqual([6 + 16, 6 + 6, 6 + 4, 6 + 4]);
    for (const name of ["float16", "fp16"]) expect(chooseDtype(repository, name).dtype).toBe("float16");
    for (const name of ["int8", "q8", "quantized"]) expect(chooseDtype(repository, name).dtype).toBe("int8");
  });

  test("one that is not named is taken where there is but one, and asked for where there are several", async () => {
    expect(chooseDtype(await published({ ...common, "model.onnx": "g" }), null).dtype).toBe("float32");
    const several = await published({ ...common, "onnx/model.onnx": "g", "onnx/model_q4.onnx": "four" });
    const error = (() => {
      try {
        return chooseDtype(several, null);
      } catch (thrown) {
        return thrown as { code: string; data: Record<string, string> };
      }
    })() as { code: string; data: Record<string, string> };
    expect(sentence(error.code, error.data)).toBe(
      "The model org/b comes in several forms: float32 (7 B), q4 (10 B). Choose one with --dtype.",
    );
    expect(() => chooseDtype(several, "bnb4")).toThrow(/"reason":"unknown"/);
  });

  test.each([
    [{ ...common }, "graph"],
    [{ ...common, "onnx/encoder_model.onnx": "x" }, "graph"],
    [{ "config.json": "{}", "model.onnx": "g" }, "file"],
    [{ "tokenizer.json": "{}", "model.onnx": "g" }, "file"],
  ])("a repository that is no language model is said: %o", async (files, reason) => {
    const repository = await published(files as unknown as Record<string, string>);
    expect(() => chooseDtype(repository, null)).toThrow(`"reason":"${reason}"`);
  });

  test("a model above the limit is refused with both sizes", async () => {
    const repository = await published({ ...common, "model.onnx": "graph" });
    expect(() => chooseDtype(repository, null, 10)).toThrow(/hub\/too-large .*"sizeBytes":11,"maxBytes":10/);
  });
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [9949, "9.9 kB"],
  [9950, "10 kB"],
  [999_499, "999 kB"],
  [999_500, "1.0 MB"],
  [1_340_000_000, "1.3 GB"],
])("%d bytes are %s", (sizeBytes, text) => expect(sizeText(sizeBytes)).toBe(text));

describe("the rate", () => {
  test("is told over the last seconds", () => {
    const rate = new TransferRate();
    for (let atMs = 0; atMs <= 400; atMs += 10) rate.add(atMs, atMs * 10);
    expect(rate.bytesPerSecond()).toBeNull();
    for (let atMs = 410; atMs <= 20_000; atMs += 10) rate.add(atMs, atMs * 10);
    expect(rate.bytesPerSecond()).toBeCloseTo(10_000, 5);
    // Ten times as fast for longer than the window: the earlier rate is forgotten.
    for (let atMs = 20_010; atMs <= 26_000; atMs += 10) rate.add(atMs, 200_000 + (atMs - 20_000) * 100);
    expect(rate.bytesPerSecond()).toBeCloseTo(100_000, -3);
  });

  test("starts anew where a file begins again", () => {
    const rate = new TransferRate();
    rate.add(0, 0);
    rate.add(1000, 5000);
    rate.add(1100, 100);
    expect(rate.bytesPerSecond()).toBeNull();
    rate.add(2100, 1100);
    expect(rate.bytesPerSecond()).toBe(1000);
  });
});
