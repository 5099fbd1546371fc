import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { InferenceClient } from "../../src/inference/client.ts";
import type { HubProgressNotification } from "../../src/protocol/hub.ts";
import { HubServer } from "../fixture/hubServer.ts";

const program = join(import.meta.dirname, "../../dist/inference.js");
const files = { "config.json": "{}", "tokenizer.json": "{}", "onnx/model_q4.onnx": randomBytes(400_000) };
const never = () => new AbortController().signal;

let hub: HubServer;
let cacheFolder: string;
let client: InferenceClient;

beforeEach(async () => {
  hub = await HubServer.start();
  cacheFolder = await mkdtemp(join(tmpdir(), "hub-cache-"));
  vi.stubEnv("HF_HUB_CACHE", cacheFolder);
  client = new InferenceClient({ program, storeFile: null, onWarning: () => undefined, onLog: () => undefined });
});
afterEach(async () => {
  await client.dispose();
  await hub.stop();
  vi.unstubAllEnvs();
  await rm(cacheFolder, { recursive: true, force: true });
});

test("asks for the offer, loads what was offered though the branch moved, and finds it again", async () => {
  const commit = hub.publish("org/tiny", files);
  const { endpoint } = hub;
  const offer = await client.hubOffer({ model: "org/tiny", endpoint }, never());
  expect(offer).toEqual({ model: `org/tiny@${commit}`, choices: [{ dtype: "q4", sizeBytes: 400_004 }] });
  hub.publish("org/tiny", { ...files, "config.json": '{"other":true}' });
  const told: HubProgressNotification[] = [];
  const request = { model: offer.model, dtype: "q4", endpoint };
  const folder = await client.downloadModel(request, never(), (progress) => told.push(progress));
  expect(folder).toBe(join(cacheFolder, "models--org--tiny", "snapshots", commit));
  expect(existsSync(join(folder, "onnx/model_q4.onnx"))).toBe(true);
  expect(told.at(-1)).toMatchObject({ doneBytes: 400_004, totalBytes: 400_004 });
  expect(await client.cachedModels()).toEqual([{ id: "org/tiny", folder, dtypes: ["q4"], sizeBytes: 400_000 }]);
});

test("a download does not make other requests wait, ends when it is cancelled, and goes on later", async () => {
  hub.publish("org/tiny", files);
  hub.faults.push({ file: "onnx/model_q4.onnx", everyMs: 5 });
  const cancel = new AbortController();
  const request = { model: "org/tiny", dtype: "q4", endpoint: hub.endpoint };
  let answered = false;
  const running = client.downloadModel(request, cancel.signal, async ({ doneBytes }) => {
    if (answered || doneBytes < 20_000) return;
    answered = true;
    expect(await client.cachedModels()).toEqual([]);
    cancel.abort();
  });
  await expect(running).rejects.toMatchObject({ code: "hub/cancelled" });
  expect(answered).toBe(true);
  await client.downloadModel(request, never(), () => undefined);
  expect(hub.asked("onnx/model_q4.onnx").at(-1)?.headers.range).toMatch(/^bytes=[1-9]/);
});

test("what the process was killed over is gone on with by the next one at once", async () => {
  hub.publish("org/tiny", files);
  hub.faults.push({ file: "onnx/model_q4.onnx", everyMs: 5 });
  const request = { model: "org/tiny", dtype: "q4", endpoint: hub.endpoint };
  let kill = () => {};
  const running = client.downloadModel(request, never(), ({ doneBytes }) => {
    if (doneBytes > 20_000) kill();
  });
  kill = () => process.kill(client.processId ?? 0, "SIGKILL");
  await expect(running).rejects.toMatchObject({ code: "inference/process-exited" });
  await client.downloadModel(request, never(), () => undefined);
  expect(hub.asked("onnx/model_q4.onnx").at(-1)?.headers.range).toMatch(/^bytes=[1-9]/);
});

test("what is wrong reaches the door as a code", async () => {
  const { endpoint } = hub;
  await expect(client.hubOffer({ model: "org/none", endpoint }, never())).rejects.toMatchObject({
    code: "hub/not-found",
    data: { reason: "model", id: "org/none" },
  });
  await expect(client.hubOffer({ model: "../x", endpoint }, never())).rejects.toMatchObject({ code: "hub/id-invalid" });
});
