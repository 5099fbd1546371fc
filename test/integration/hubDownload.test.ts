import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Row } from "../../src/core/row.ts";
import type { ScoredRow } from "../../src/engine/scoredRow.ts";
import { scoreRows } from "../../src/engine/scoreRows.ts";
import { chooseDtype } from "../../src/model/hubChoice.ts";
import { downloadModel } from "../../src/model/hubDownload.ts";
import { parseHubId } from "../../src/model/hubNames.ts";
import { readHubRepository } from "../../src/model/hubRepository.ts";
import { openLanguageModel } from "../../src/model/loadedModel.ts";
import { ModelProtoSchema, StringStringEntryProtoSchema } from "../../src/onnx/proto/onnx_pb.ts";
import { buildDecoder, smallDecoder } from "../fixture/decoder.ts";
import { HubServer } from "../fixture/hubServer.ts";
import { letterRow } from "../fixture/letterModel.ts";

const root = join(import.meta.dirname, "../..");
const bundled = (name: string) => readFileSync(join(root, "media/model", name));
const id = "org/synthetic";
/** TensorProto.EXTERNAL */
const external = 1;

let hub: HubServer;
let cacheFolder: string;

/** A decoder with random weights behind the bundled tokenizer, once in one file and once with its weights beside it. */
function syntheticModel(): Record<string, Buffer> {
  const decoder = buildDecoder({ ...smallDecoder, attention: "group-query", vocabSize: 4097, windowTokens: 512 });
  const whole = Buffer.from(toBinary(ModelProtoSchema, decoder));
  const weights: Uint8Array[] = [];
  let offset = 0;
  for (const tensor of decoder.graph?.initializer ?? []) {
    if (tensor.rawData.length < 1024) continue;
    const place = { location: "model_fp16.onnx_data", offset: String(offset), length: String(tensor.rawData.length) };
    tensor.externalData = Object.entries(place).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    );
    tensor.dataLocation = external;
    weights.push(tensor.rawData);
    offset += tensor.rawData.length;
    tensor.rawData = new Uint8Array();
  }
  return {
    "README.md": Buffer.from("synthetic"),
    "config.json": bundled("config.json"),
    "generation_config.json": bundled("generation_config.json"),
    "tokenizer.json": bundled("tokenizer.json"),
    "tokenizer_config.json": bundled("tokenizer_config.json"),
    "special_tokens_map.json": bundled("special_tokens_map.json"),
    "onnx/model.onnx": whole,
    "onnx/model_fp16.onnx": Buffer.from(toBinary(ModelProtoSchema, decoder)),
    "onnx/model_fp16.onnx_data": Buffer.concat(weights),
  };
}

beforeAll(async () => {
  hub = await HubServer.start();
  hub.publish(id, syntheticModel());
});
afterAll(() => hub.stop());
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), "hub-cache-"));
  hub.requests.length = 0;
  hub.faults.length = 0;
  return () => rm(cacheFolder, { recursive: true, force: true });
});

async function download(dtype: string): Promise<string> {
  const access = { endpoint: hub.endpoint };
  const { signal } = new AbortController();
  const patience = { nAttempts: 3, firstWaitMs: 1, stallMs: 5000 };
  const repository = await readHubRepository(parseHubId(id), access, signal, patience);
  return downloadModel(repository, chooseDtype(repository, dtype), { access, cacheFolder, signal, patience });
}

async function scores(folder: string): Promise<ScoredRow[]> {
  const rows: Row[] = [letterRow("What is the colour of the sky?", "The sky is blue.", "blue")];
  const model = await openLanguageModel(folder);
  const scored: ScoredRow[] = [];
  try {
    await scoreRows(rows, model, null, {
      answerOnly: false,
      storedOnly: false,
      signal: new AbortController().signal,
      onScored: (some) => scored.push(...some),
      onWarning: () => undefined,
    });
  } finally {
    await model.release();
  }
  return scored;
}

test("a model that was loaded over a bad connection scores as one whose weights lie beside its graph", async () => {
  hub.faults.push({ file: "onnx/model.onnx", cutAfter: 300_000 }, { file: "tokenizer.json", cutAfter: 100_000 });
  const whole = await scores(await download("float32"));
  expect(whole[0]?.problems).toEqual([]);
  expect(whole[0]?.logProbs?.open.every((logProb) => logProb < 0)).toBe(true);
  await rm(cacheFolder, { recursive: true });
  const folder = await download("float16");
  expect(readdirSync(join(folder, "onnx")).sort()).toEqual(["model_fp16.onnx", "model_fp16.onnx_data"]);
  const beside = await scores(folder);
  expect(beside[0]?.logProbs).toEqual(whole[0]?.logProbs);
});

interface Run {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

function cli(...args: string[]): Promise<Run> {
  const env = { ...process.env, HF_HUB_CACHE: cacheFolder, HF_ENDPOINT: hub.endpoint, HF_TOKEN: "" };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, "dist/cli.js"), ...args], { env }, (error, out, err) => {
      resolve({ status: typeof error?.code === "number" ? error.code : error ? -1 : 0, out, err });
    });
  });
}

test("the terminal lists, loads and then knows a model by its name", async () => {
  const missing = await cli("model", id);
  expect(missing.status).toBe(2);
  expect(missing.err).toBe(
    `error hub/not-cached: There is no folder ${id} and no model of that name in ${cacheFolder}. Check the path, or load it with: context-reliance download ${id}.\n`,
  );
  expect(hub.requests).toEqual([]);

  const offered = await cli("download", id, "--list");
  expect(offered).toMatchObject({ status: 0, err: "" });
  expect(offered.out).toMatch(
    / {2}float32 +[\d.]+ MB {2}onnx\/model.onnx\n {2}float16 +[\d.]+ MB {2}onnx\/model_fp16.onnx\n/,
  );
  expect(existsSync(join(cacheFolder, "models--org--synthetic"))).toBe(false);

  const unclear = await cli("download", id);
  expect(unclear.status).toBe(2);
  expect(unclear.err).toMatch(/^error hub\/dtype-missing: The model org\/synthetic comes in several forms: float32 \(/);

  const loaded = await cli("download", id, "--dtype", "fp32");
  expect(loaded.status).toBe(0);
  expect(existsSync(join(loaded.out.trim(), "onnx/model.onnx"))).toBe(true);
  expect(loaded.out.startsWith(cacheFolder)).toBe(true);

  const known = await cli("model", id);
  expect(known.status).toBe(0);
  expect(known.out).toMatch(/^name +org\/synthetic\n/);
  const listed = await cli("download", "--list");
  expect(listed.out).toMatch(/ {2}org\/synthetic +[\d.]+ MB +float32 {2}[0-9a-f]{12}\n/);
  expect(listed.out).toContain("HuggingFaceTB/SmolLM2-135M-Instruct");
  const audited = await cli("audit", "--model", id, "--no-cache", join(root, "samples/instructions.jsonl"));
  expect(audited.err).not.toContain("error");
  expect(audited.status).toBe(0);
  expect(audited.out).toContain(id);
});

test("Ctrl+C keeps what was loaded and the next start goes on with it", async () => {
  hub.faults.push({ file: "onnx/model.onnx", everyMs: 2 });
  const env = { ...process.env, HF_HUB_CACHE: cacheFolder };
  const args = [join(root, "dist/cli.js"), "download", id, "--dtype", "float32", "--hub", hub.endpoint];
  const interrupted = new Promise<number | null>((resolve) => {
    const child = execFile(process.execPath, args, { env });
    child.once("exit", resolve);
    const timer = setInterval(() => {
      if (hub.asked("onnx/model.onnx").length < 2) return;
      clearInterval(timer);
      setTimeout(() => child.kill("SIGINT"), 200);
    }, 20);
  });
  expect(await interrupted).toBe(130);
  const next = await cli("download", id, "--dtype", "float32");
  expect(next.status).toBe(0);
  expect(hub.asked("onnx/model.onnx").at(-1)?.headers.range).toMatch(/^bytes=[1-9]/);
});

test.each([
  [["download"], /cli\/usage: Name a model, or use --list/],
  [["download", "../x"], /hub\/id-invalid/],
  [["download", "org/none"], /hub\/not-found: The hub at http:\/\/127\.0\.0\.1:\d+ has no model org\/none/],
  [["download", "org/synthetic", "--revision", "none"], /hub\/not-found: .* no branch, tag or commit none/],
  [["download", "org/synthetic", "--hub", "nonsense"], /hub\/endpoint-invalid/],
  [["download", "org/synthetic", "--hub", "http://127.0.0.1:1"], /hub\/unreachable/],
])("%j says what is wrong", async (args, said) => {
  const { status, out, err } = await cli(...args);
  expect(status).toBe(2);
  expect(out).toBe("");
  expect(err).toMatch(said);
});
