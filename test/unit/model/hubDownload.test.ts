import { randomBytes } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, utimesSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HubAccess } from "../../../src/model/hubAccess.ts";
import { chooseDtype } from "../../../src/model/hubChoice.ts";
import { type DownloadOptions, type DownloadProgress, downloadModel } from "../../../src/model/hubDownload.ts";
import { parseHubId } from "../../../src/model/hubNames.ts";
import { diskFault } from "../../../src/model/hubPartial.ts";
import { readHubRepository } from "../../../src/model/hubRepository.ts";
import { gitHash, HubServer, sha256 } from "../../fixture/hubServer.ts";

const patience = { nAttempts: 3, firstWaitMs: 1, stallMs: 400 };
const graph = randomBytes(600_000);
const files = {
  "config.json": '{"model_type":"llama"}',
  "tokenizer.json": `{"pad":"${"x".repeat(4000)}"}`,
  "README.md": "not needed",
  "onnx/model_q4.onnx": graph,
  "onnx/model.onnx": "small",
  "onnx/model.onnx_data": randomBytes(5000),
  "onnx/model.onnx_data_1": randomBytes(5000),
};

let hub: HubServer;
let cacheFolder: string;

beforeEach(async () => {
  hub = await HubServer.start();
  cacheFolder = await mkdtemp(join(tmpdir(), "hub-cache-"));
});
afterEach(async () => {
  await hub.stop();
  await rm(cacheFolder, { recursive: true, force: true });
});

interface Wish extends Partial<DownloadOptions> {
  readonly id?: string;
  readonly dtype?: string;
}

/** The whole way from a name to a folder. */
async function download({ id = "org/tiny", dtype = "q4", ...options }: Wish = {}): Promise<string> {
  const access: HubAccess = options.access ?? { endpoint: hub.endpoint };
  const signal = options.signal ?? new AbortController().signal;
  const repository = await readHubRepository(parseHubId(id), access, signal, patience);
  const choice = chooseDtype(repository, dtype);
  return downloadModel(repository, choice, { access, cacheFolder, signal, patience, ...options });
}

const blobs = () => join(cacheFolder, "models--org--tiny", "blobs");
const partialFiles = () => readdirSync(blobs()).filter((name) => name.endsWith(".part"));

describe("where the files lie", () => {
  test("as huggingface_hub keeps them: contents by hash, links by name, the branch's commit", async () => {
    const commit = hub.publish("org/tiny", files);
    const folder = await download();
    expect(folder).toBe(join(cacheFolder, "models--org--tiny", "snapshots", commit));
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(
      ["config.json", "onnx", join("onnx", "model_q4.onnx"), "tokenizer.json"].sort(),
    );
    expect(readlinkSync(join(folder, "onnx", "model_q4.onnx"))).toBe(join("..", "..", "..", "blobs", sha256(graph)));
    expect(readlinkSync(join(folder, "config.json"))).toBe(
      join("..", "..", "blobs", gitHash(Buffer.from(files["config.json"]))),
    );
    expect(readFileSync(join(folder, "onnx", "model_q4.onnx")).equals(graph)).toBe(true);
    expect(readFileSync(join(cacheFolder, "models--org--tiny", "refs", "main"), "utf8")).toBe(commit);
    expect(partialFiles()).toEqual([]);
  });

  test("external data comes before its graph", async () => {
    hub.publish("org/tiny", files);
    const folder = await download({ dtype: "float32" });
    expect(readdirSync(join(folder, "onnx")).sort()).toEqual(["model.onnx", "model.onnx_data", "model.onnx_data_1"]);
    const order = hub.requests.filter(({ server }) => server === "hub").map(({ url }) => url.split("/").at(-1));
    expect(order.slice(-3)).toEqual(["model.onnx_data", "model.onnx_data_1", "model.onnx"]);
  });

  test("where there are no links the content itself lies under its name", async () => {
    hub.publish("org/tiny", files);
    const folder = await download({ links: false });
    expect(lstatSync(join(folder, "onnx", "model_q4.onnx")).isFile()).toBe(true);
    expect(readdirSync(blobs())).toEqual([]);
    const nRequests = hub.requests.length;
    expect(await download({ links: false })).toBe(folder);
    expect(hub.requests.length).toBe(nRequests + 1);
  });

  test("a content that another tool put there is linked, not loaded; without links it is copied", async () => {
    hub.publish("org/tiny", files);
    await mkdir(blobs(), { recursive: true });
    writeFileSync(join(blobs(), sha256(graph)), graph);
    const folder = await download({ links: false });
    expect(hub.asked("onnx/model_q4.onnx")).toEqual([]);
    expect(readFileSync(join(folder, "onnx", "model_q4.onnx")).equals(graph)).toBe(true);
    expect(existsSync(join(blobs(), sha256(graph)))).toBe(true);
  });

  test("a content that is too short is loaded again", async () => {
    hub.publish("org/tiny", files);
    await mkdir(blobs(), { recursive: true });
    writeFileSync(join(blobs(), sha256(graph)), graph.subarray(0, 100));
    const folder = await download();
    expect(readFileSync(join(folder, "onnx", "model_q4.onnx")).equals(graph)).toBe(true);
  });

  test("a second download of the same state asks for the list alone", async () => {
    hub.publish("org/tiny", files);
    const folder = await download();
    const nRequests = hub.requests.length;
    const told: DownloadProgress[] = [];
    expect(await download({ onProgress: (progress) => told.push(progress) })).toBe(folder);
    expect(hub.requests.length).toBe(nRequests + 1);
    expect(told).toEqual([]);
  });

  test("a folder that cannot be written is said with its reason", async () => {
    hub.publish("org/tiny", files);
    writeFileSync(join(cacheFolder, "models--org--tiny"), "a file is in the way");
    await expect(download()).rejects.toMatchObject({ code: "hub/not-written", data: { reason: "ENOTDIR" } });
  });
});

describe("revisions", () => {
  test("everything is of the commit that was pinned, though the branch moves on meanwhile", async () => {
    const first = hub.publish("org/tiny", files);
    const access = { endpoint: hub.endpoint };
    const { signal } = new AbortController();
    const repository = await readHubRepository(parseHubId("org/tiny"), access, signal, patience);
    const second = hub.publish("org/tiny", { ...files, "config.json": '{"model_type":"gpt2"}' });
    const folder = await downloadModel(repository, chooseDtype(repository, "q4"), {
      access,
      cacheFolder,
      signal,
      patience,
    });
    expect(folder.endsWith(first)).toBe(true);
    expect(readFileSync(join(folder, "config.json"), "utf8")).toBe(files["config.json"]);
    const next = await download();
    expect(next.endsWith(second)).toBe(true);
    expect(readFileSync(join(next, "config.json"), "utf8")).toContain("gpt2");
    expect(readFileSync(join(cacheFolder, "models--org--tiny", "refs", "main"), "utf8")).toBe(second);
    // The unchanged graph was loaded once: hub and storage were asked once each.
    expect(hub.asked("onnx/model_q4.onnx").length).toBe(2);
  });

  test("a branch with a slash and a commit can be named", async () => {
    const commit = hub.publish("org/tiny", files, "refs/pr/1");
    await download({ id: "org/tiny@refs/pr/1" });
    expect(readFileSync(join(cacheFolder, "models--org--tiny", "refs", "refs", "pr", "1"), "utf8")).toBe(commit);
    expect((await download({ id: `org/tiny@${commit}` })).endsWith(commit)).toBe(true);
    expect(existsSync(join(cacheFolder, "models--org--tiny", "refs", commit))).toBe(false);
  });

  test("a renamed repository is followed by its relative redirects", async () => {
    hub.publish("org/new", files);
    hub.renamed.set("org/tiny", "org/new");
    const folder = await download();
    expect(folder).toContain("models--org--tiny");
    expect(readFileSync(join(folder, "onnx", "model_q4.onnx")).equals(graph)).toBe(true);
  });
});

describe("the token", () => {
  test("goes to the hub and never to the storage host", async () => {
    hub.publish("org/tiny", files);
    hub.gated.set("org/tiny", "secret");
    await download({ access: { endpoint: hub.endpoint, token: "secret" } });
    const tokens = (server: string) =>
      new Set(hub.requests.filter((each) => each.server === server).map(({ headers }) => headers.authorization));
    expect(tokens("hub")).toEqual(new Set(["Bearer secret"]));
    expect(tokens("storage")).toEqual(new Set([undefined]));
  });

  test.each([
    [undefined, "terms"],
    ["wrong", "terms"],
  ])("a gated model with token %s says what to do and not the token", async (token, reason) => {
    hub.publish("org/tiny", files);
    hub.gated.set("org/tiny", "secret");
    const error = await download({ access: { endpoint: hub.endpoint, ...(token ? { token } : {}) } }).catch((e) => e);
    expect(error).toMatchObject({ code: "hub/gated", data: { reason, id: "org/tiny", endpoint: hub.endpoint } });
    expect(JSON.stringify([error, String(error)])).not.toContain("wrong");
  });

  test("is not asked for where the address is unsafe to go on to", async () => {
    hub.publish("org/tiny", files);
    hub.faults.push({ file: "config.json", location: "ftp://elsewhere/config.json" });
    await expect(download()).rejects.toMatchObject({
      code: "hub/redirect-refused",
      data: { endpoint: hub.endpoint },
    });
  });

  test("redirects without end are given up", async () => {
    hub.publish("org/tiny", files);
    hub.renamed.set("org/tiny", "org/tiny");
    await expect(download()).rejects.toMatchObject({ code: "hub/redirect-refused" });
    expect(hub.requests.length).toBe(9);
  });
});

describe("a bad connection", () => {
  test("one cut in the middle goes on from there by itself, if the file is still the same", async () => {
    hub.publish("org/tiny", files);
    hub.faults.push({ file: "onnx/model_q4.onnx", cutAfter: 200_000 });
    const folder = await download();
    expect(readFileSync(join(folder, "onnx", "model_q4.onnx")).equals(graph)).toBe(true);
    const [, whole, , rest] = hub.asked("onnx/model_q4.onnx");
    expect(whole?.headers.range).toBeUndefined();
    // What a client has not read when the connection breaks may be lost to it.
    expect(rest?.headers.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(rest?.headers["if-range"]).toBe(`"${sha256(graph)}"`);
  });

  test("a file that changed on the server in between begins anew and is whole", async () => {
    hub.publish("org/tiny", files);
    const other = Buffer.from(graph).fill(7);
    hub.faults.push({ file: "onnx/model_q4.onnx", cutAfter: 200_000, content: other });
    const folder = await download();
    expect(readFileSync(join(folder, "onnx", "model_q4.onnx")).equals(graph)).toBe(true);
    expect(hub.asked("onnx/model_q4.onnx").at(-1)?.headers["if-range"]).toBe(`"${sha256(other)}"`);
  });

  test("one that never holds is given up; what came is kept and the next download goes on with it", async () => {
    hub.publish("org/tiny", files);
    hub.faults.push({ file: "onnx/model_q4.onnx", cutAfter: 100_000, times: 3 });
    const error = await download().catch((e) => e);
    expect(error).toMatchObject({
      code: "hub/connection-lost",
      data: { file: "onnx/model_q4.onnx", sizeBytes: graph.length },
    });
    const { doneBytes } = error.data;
    expect(doneBytes).toBeGreaterThan(50_000);
    expect(partialFiles()).toEqual([`${sha256(graph)}.part`]);
    expect(lstatSync(join(blobs(), `${sha256(graph)}.part`)).size).toBe(doneBytes);
    const told: DownloadProgress[] = [];
    await download({ onProgress: (progress) => told.push(progress) });
    expect(hub.asked("onnx/model_q4.onnx").at(-1)?.headers.range).toBe(`bytes=${doneBytes}-`);
    expect(told[0]?.doneBytes).toBeGreaterThanOrEqual(doneBytes);
    expect(told.at(-1)?.doneBytes).toBe(told.at(-1)?.totalBytes);
    expect(partialFiles()).toEqual([]);
  });

  test("cuts do not count up while every attempt brings much of the file", async () => {
    hub.largeFromBytes = 1e9;
    const large = randomBytes(2_000_000);
    hub.publish("org/tiny", { ...files, "onnx/model_q4.onnx": large });
    hub.faults.push({ file: "onnx/model_q4.onnx", cutAfter: 300_000, times: 6 });
    const folder = await download();
    expect(readFileSync(join(folder, "onnx", "model_q4.onnx")).equals(large)).toBe(true);
  });

  test("one that brings nothing any more counts as cut", async () => {
    hub.publish("org/tiny", files);
    hub.faults.push({ file: "onnx/model_q4.onnx", stallAfter: 50_000 });
    await download();
    expect(hub.asked("onnx/model_q4.onnx").at(-1)?.headers.range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  test("a hub that is busy is asked again; one that stays so is said", async () => {
    hub.publish("org/tiny", files);
    hub.faults.push({ file: "list", status: 503 }, { file: "config.json", status: 429 });
    await download();
    hub.faults.push({ file: "list", status: 503, times: 3 });
    await expect(download()).rejects.toMatchObject({
      code: "hub/busy",
      data: { status: 503, endpoint: hub.endpoint },
    });
  });

  test("a server without ranges, or with another range than asked, sends the whole file", async () => {
    hub.publish("org/tiny", files);
    hub.faults.push(
      { file: "onnx/model_q4.onnx", cutAfter: 100_000 },
      { file: "onnx/model_q4.onnx", ignoreRange: true },
    );
    const folder = await download();
    expect(readFileSync(join(folder, "onnx", "model_q4.onnx")).equals(graph)).toBe(true);
  });

  test("no network is said with the address", async () => {
    hub.publish("org/tiny", files);
    const access = { endpoint: hub.endpoint };
    await hub.stop();
    const error = await download({ access }).catch((e) => e);
    expect(error).toMatchObject({
      code: "hub/unreachable",
      data: { endpoint: access.endpoint, reason: "ECONNREFUSED" },
    });
    hub = await HubServer.start();
  });
});

describe("cancelling", () => {
  test("ends at once, keeps what came, and the next download goes on", async () => {
    hub.publish("org/tiny", files);
    hub.faults.push({ file: "onnx/model_q4.onnx", everyMs: 5 });
    const cancel = new AbortController();
    const running = download({
      signal: cancel.signal,
      onProgress: ({ doneBytes }) => {
        if (doneBytes > 20_000) cancel.abort();
      },
    });
    await expect(running).rejects.toMatchObject({ code: "hub/cancelled" });
    const [left] = partialFiles();
    expect(left).toBe(`${sha256(graph)}.part`);
    expect(lstatSync(join(blobs(), left ?? "")).size).toBeGreaterThan(10_000);
    await download();
    expect(hub.asked("onnx/model_q4.onnx").at(-1)?.headers.range).toMatch(/^bytes=[1-9]/);
  });

  test("before the beginning asks for nothing", async () => {
    await expect(download({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "hub/cancelled" });
    expect(hub.requests).toEqual([]);
  });

  test("during the wait between two attempts ends the wait", async () => {
    hub.publish("org/tiny", files);
    hub.faults.push({ file: "list", status: 503, retryAfter: 30, times: 9 });
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 50);
    await expect(download({ signal: cancel.signal })).rejects.toMatchObject({ code: "hub/cancelled" });
  });
});

describe("a server that does not keep its word", () => {
  test.each(["onnx/model_q4.onnx", "config.json"])("another content of %s is refused and removed", async (file) => {
    hub.publish("org/tiny", files);
    const announced = Buffer.from(files[file as keyof typeof files]);
    hub.faults.push({ file, content: Buffer.from(announced).fill(1, 3, 4), times: 9 });
    await expect(download()).rejects.toMatchObject({ code: "hub/checksum-mismatch", data: { file } });
    expect(partialFiles()).toEqual([]);
    expect(readdirSync(blobs())).not.toContain(sha256(announced));
    expect(existsSync(join(cacheFolder, "models--org--tiny", "refs"))).toBe(false);
  });

  test.each([
    ["says a longer one", false, 100],
    ["says a shorter one", false, -100],
    ["says none and sends more", true, 100],
  ])("a size other than announced is refused: the answer %s", async (_name, chunked, difference) => {
    hub.publish("org/tiny", files);
    const content = difference > 0 ? Buffer.concat([graph, Buffer.alloc(100)]) : graph.subarray(0, difference);
    hub.faults.push({ file: "onnx/model_q4.onnx", content, chunked, times: 9 });
    await expect(download()).rejects.toMatchObject({
      code: "hub/size-mismatch",
      data: { file: "onnx/model_q4.onnx", sizeBytes: graph.length },
    });
    expect(partialFiles()).toEqual([]);
  });

  test("a file that ends early without saying so is asked for again", async () => {
    hub.publish("org/tiny", files);
    hub.faults.push({ file: "onnx/model_q4.onnx", content: graph.subarray(0, 1000), chunked: true });
    const folder = await download();
    expect(readFileSync(join(folder, "onnx", "model_q4.onnx")).equals(graph)).toBe(true);
  });

  test("a file that is gone is named", async () => {
    hub.publish("org/tiny", files);
    hub.faults.push({ file: "onnx/model_q4.onnx", status: 404 });
    await expect(download()).rejects.toMatchObject({
      code: "hub/not-found",
      data: { reason: "file", id: "org/tiny", file: "onnx/model_q4.onnx" },
    });
  });
});

describe("several downloads of one file", () => {
  test("at once end well, all of them", async () => {
    hub.publish("org/tiny", files);
    const folders = await Promise.all([download(), download(), download()]);
    expect(new Set(folders).size).toBe(1);
    expect(readFileSync(join(folders[0] ?? "", "onnx", "model_q4.onnx")).equals(graph)).toBe(true);
    expect(partialFiles()).toEqual([]);
  });

  test("what a killed process left is taken over, what a living one writes is not", async () => {
    hub.publish("org/tiny", files);
    await mkdir(blobs(), { recursive: true });
    const elsewhere = join(blobs(), `${sha256(graph)}.00000000-1-aaaaaaaa.part`);
    writeFileSync(elsewhere, graph.subarray(0, 1000));
    await download();
    expect(hub.asked("onnx/model_q4.onnx").at(-1)?.headers.range).toBeUndefined();
    expect(partialFiles().length).toBe(1);
    await rm(join(blobs(), sha256(graph)));
    utimesSync(elsewhere, new Date(0), new Date(0));
    await rm(join(cacheFolder, "models--org--tiny", "snapshots"), { recursive: true });
    await download();
    expect(hub.asked("onnx/model_q4.onnx").at(-1)?.headers.range).toBe("bytes=1000-");
    expect(partialFiles()).toEqual([]);
  });

  test.each([
    ["wrong", Buffer.alloc(5000, 9)],
    ["too long", Buffer.alloc(graph.length + 1)],
    ["whole but wrong", Buffer.alloc(graph.length)],
  ])("a beginning that is %s costs a second loading, not the download", async (_name, beginning) => {
    hub.publish("org/tiny", files);
    await mkdir(blobs(), { recursive: true });
    writeFileSync(join(blobs(), `${sha256(graph)}.part`), beginning);
    const folder = await download();
    expect(readFileSync(join(folder, "onnx", "model_q4.onnx")).equals(graph)).toBe(true);
    expect(partialFiles()).toEqual([]);
  });

  test("a whole file that was only not yet in its place is not loaded again", async () => {
    hub.publish("org/tiny", files);
    await mkdir(blobs(), { recursive: true });
    writeFileSync(join(blobs(), `${sha256(graph)}.part`), graph);
    await download();
    expect(hub.asked("onnx/model_q4.onnx")).toEqual([]);
  });
});

test("progress grows to the total of all files", async () => {
  hub.publish("org/tiny", files);
  const told: DownloadProgress[] = [];
  await download({ onProgress: (progress) => told.push(progress) });
  const total = graph.length + files["config.json"].length + files["tokenizer.json"].length;
  expect(told.every(({ totalBytes }) => totalBytes === total)).toBe(true);
  const done = told.map(({ doneBytes }) => doneBytes);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(done.at(-1)).toBe(total);
});

test("a model larger than the disk is refused before it is loaded", async () => {
  hub.publish("org/tiny", files);
  const sizeBytes = 1e15;
  hub.editList = (list) => {
    const siblings = list.siblings as { rfilename: string; lfs?: { size: number } }[];
    for (const { rfilename, lfs } of siblings) if (rfilename.endsWith("q4.onnx") && lfs) lfs.size = sizeBytes;
    return list;
  };
  const access = { endpoint: hub.endpoint };
  const { signal } = new AbortController();
  const repository = await readHubRepository(parseHubId("org/tiny"), access, signal, patience);
  expect(() => chooseDtype(repository, "q4")).toThrow(/hub\/too-large/);
  const choice = chooseDtype(repository, "q4", Number.POSITIVE_INFINITY);
  const error = await downloadModel(repository, choice, { access, cacheFolder, signal, patience }).catch((e) => e);
  expect(error.code).toBe("hub/disk-full");
  expect(error.data.freeBytes).toBeLessThan(error.data.neededBytes);
  expect(error.data.neededBytes).toBe(choice.sizeBytes);
  expect(hub.requests.length).toBe(1);
});

test.each([
  [{ code: "ENOSPC" }, "hub/disk-full"],
  [{ code: "EDQUOT" }, "hub/disk-full"],
  [{ code: "EACCES" }, "hub/not-written"],
])("what the system says of a file that cannot be written becomes a code: %o", (error, code) => {
  expect(diskFault(Object.assign(new Error("write"), error), "/cache")).toMatchObject({ code });
});
