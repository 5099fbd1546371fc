import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { CodedError } from "../../src/core/problem.ts";
import { bufferSource } from "../../src/onnx/byteSource.ts";
import { describeDecoder } from "../../src/onnx/decoderGraph.ts";
import { externalFiles } from "../../src/onnx/externalData.ts";
import { headBytes, trunkBytes } from "../../src/onnx/instrumentation.ts";
import { readSkeleton } from "../../src/onnx/skeleton.ts";
import { goldenFolder } from "../fixture/decoderCell.ts";
import { seededRandom } from "../fixture/decoderWeights.ts";
import { mutated } from "../fixture/modelMutations.ts";

/** How many times as many cases are tried: `CONTEXT_RELIANCE_FUZZ=20` for a night. */
const factor = Number(process.env.CONTEXT_RELIANCE_FUZZ ?? 1);
const nGraphCases = 2000 * factor;
const nRuntimeCases = 200 * factor;

const originals = [
  "llama/genai-f32",
  "gpt2/merged",
  "mistral/torch-sdpa",
  "lfm2/q4",
  "qwen3/int8-dynamic",
  "gemma2/genai-f16",
].map((name) => new Uint8Array(gunzipSync(readFileSync(join(goldenFolder, `${name}.onnx.gz`)))));

const folder = mkdtempSync(join(tmpdir(), "model-fuzz-"));
afterAll(() => rmSync(folder, { recursive: true }));

const codes = [
  "model/file-corrupt",
  "model/file-truncated",
  "model/graph-over-limit",
  "model/unsupported-graph",
  "model/external-data-escape",
];

/** Everything that is done to a file's graph before ONNX Runtime sees it. */
function readGraph(bytes: Uint8Array): string {
  try {
    const model = readSkeleton(bufferSource(bytes), "model.onnx");
    externalFiles(model);
    const layers = describeDecoder(model).attention.map((_, layerIdx) => layerIdx);
    const all = layers.length > 0 ? { reducedAttention: layers, steeredLayers: layers, pattern: 0 } : {};
    trunkBytes(model, { hiddenRows: true, ...all });
    headBytes(model, { entropy: true, rank: true, topK: 3 });
    return "read";
  } catch (error) {
    return error instanceof CodedError ? error.code : `not coded: ${(error as Error).stack}`;
  }
}

function counted(outcomes: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return counts;
}

describe("mutated models", () => {
  it(`${nGraphCases} files end in instrumented graphs or coded errors, none of them slowly`, {
    timeout: 600_000 * factor,
  }, () => {
    const random = seededRandom(77);
    const outcomes: string[] = [];
    let slowest = { ms: 0, names: [""] };
    for (let nCases = 0; nCases < nGraphCases; nCases++) {
      const { bytes, names } = mutated(originals[nCases % originals.length] ?? new Uint8Array(0), random);
      const startMs = performance.now();
      outcomes.push(readGraph(bytes));
      const ms = performance.now() - startMs;
      if (ms > slowest.ms) slowest = { ms, names };
    }
    const counts = counted(outcomes);
    expect([...counts.keys()].filter((outcome) => outcome !== "read" && !codes.includes(outcome))).toEqual([]);
    for (const code of ["read", ...codes.filter((each) => each !== "model/graph-over-limit")])
      expect(counts.get(code)).toBeGreaterThan(nGraphCases / 300);
    // A guard against reading without end, far above the slowest case seen; not a measure of speed.
    expect(slowest.ms, slowest.names.join(", ")).toBeLessThan(30_000);
    console.log(
      `read ${nGraphCases} mutated graphs: ${[...counts].map(([code, count]) => `${code} ${count}`).join(", ")}`,
    );
  });

  it(`${nRuntimeCases} files run in a process of their own: a result, a coded error, or that process's end`, {
    timeout: 600_000 * factor,
  }, async () => {
    const random = seededRandom(78);
    const runner = new Runner();
    const outcomes: string[] = [];
    for (let nCases = 0; nCases < nRuntimeCases; nCases++) {
      const { bytes } = mutated(originals[nCases % originals.length] ?? new Uint8Array(0), random);
      const path = join(folder, "model.onnx");
      writeFileSync(path, bytes);
      outcomes.push(await runner.outcome(path));
    }
    runner.stop();
    const counts = counted(outcomes);
    const allowed = [
      "ok",
      "ended",
      "model/load-failed",
      "model/run-failed",
      "model/file-missing",
      "model/token-out-of-range",
      ...codes,
    ];
    expect([...counts.keys()].filter((outcome) => !allowed.includes(outcome))).toEqual([]);
    expect(counts.get("ok")).toBeGreaterThan(nRuntimeCases / 100);
    expect(counts.get("model/load-failed")).toBeGreaterThan(nRuntimeCases / 100);
    console.log(
      `ran ${nRuntimeCases} mutated models: ${[...counts].map(([code, count]) => `${code} ${count}`).join(", ")}`,
    );
  });
});

const caseLimitMs = 10_000;

/** A child that scores files, started again where one has ended it or keeps it too long. */
class Runner {
  #child: ChildProcessByStdio<Writable, Readable, null> | null = null;
  #lines: Interface | null = null;

  async outcome(path: string): Promise<string> {
    const { child, lines } = this.#start();
    const said = new Promise<string>((resolve) => {
      lines.once("line", resolve);
      child.once("exit", () => resolve("ended"));
      setTimeout(() => resolve("ended"), caseLimitMs).unref();
    });
    child.stdin.write(`${path}\n`);
    const outcome = await said;
    lines.removeAllListeners("line");
    child.removeAllListeners("exit");
    if (outcome === "ended") this.stop();
    return outcome;
  }

  stop(): void {
    this.#child?.kill("SIGKILL");
    this.#child = null;
  }

  #start() {
    if (this.#child === null || this.#lines === null) {
      const program = join(import.meta.dirname, "fuzzedRun.ts");
      const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program], {
        stdio: ["pipe", "pipe", "ignore"],
      });
      child.stdin.on("error", () => undefined);
      this.#child = child;
      this.#lines = createInterface({ input: child.stdout });
    }
    return { child: this.#child, lines: this.#lines };
  }
}
