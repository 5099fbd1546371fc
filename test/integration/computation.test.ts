import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Row } from "../../src/core/row.ts";
import { scoreKey } from "../../src/engine/scoreKey.ts";
import { openLanguageModel } from "../../src/model/loadedModel.ts";
import { loadOnnxRuntime, runtimeVersion, type SessionOptions } from "../../src/model/onnxRuntime.ts";
import { openOnnxSession } from "../../src/model/onnxSession.ts";
import { goldenFolder, readGolden, unpackCell } from "../fixture/decoderCell.ts";
import { largestDifference } from "../fixture/decoderReference.ts";
import { writeLetterFolder } from "../fixture/letterFolder.ts";

const folder = mkdtempSync(join(tmpdir(), "context-reliance-computation-"));
afterAll(() => rmSync(folder, { recursive: true }));

const ids = Int32Array.from(readGolden("llama").tokenIds);
const long = { tokenIds: ids, scored: { start: 1, end: ids.length } };
const short = { tokenIds: ids.slice(0, 15), scored: { start: 1, end: 15 } };
const usual = { prepack: true, threads: 1 };

async function logProbs(path: string, options: SessionOptions, batch = [long]): Promise<Float32Array[]> {
  const session = await openOnnxSession(path, options);
  try {
    return await session.logProbs(batch);
  } finally {
    await session.release();
  }
}

/** Nats that one way of computing is from another on the same sequences. */
function distance(left: readonly Float32Array[], right: readonly Float32Array[]): number {
  return Math.max(...left.map((values, idx) => largestDifference(values, right[idx] ?? [])));
}

describe.each(["torch-eager", "f16", "q4", "q8", "genai-f32", "genai-q4", "int8-dynamic"])("%s", (layout) => {
  const path = unpackCell(folder, "llama", layout);
  const rounds = layout === "genai-q4";

  it(`gives ${rounds ? "other" : "the same"} numbers with weights as they lie in the file`, async () => {
    const difference = distance(await logProbs(path, usual), await logProbs(path, { ...usual, prepack: false }));
    if (rounds) expect(difference).toBeGreaterThan(0.01);
    else expect(difference).toBeLessThan(1e-5);
  });

  it("gives the same numbers on more threads and in a batch", async () => {
    const alone = [...(await logProbs(path, usual)), ...(await logProbs(path, usual, [short]))];
    expect(distance(alone, await logProbs(path, { ...usual, threads: 2 }, [long, short]))).toBeLessThan(1e-5);
  });
});

describe("a model that rounds where its weights are repacked", () => {
  const letters = writeLetterFolder(join(folder, "letters"), join(goldenFolder, "llama", "genai-q4.onnx.gz"));
  const row: Row = {
    prompt: [{ role: "user", parts: [{ kind: "text", text: "Who" }] }],
    target: { kind: "text", text: "Ann" },
  };

  it("has a look into a row give the numbers that scoring gives", async () => {
    const model = await openLanguageModel(letters, { scoresLater: true });
    const prompt = model.segment(row, "open");
    const sequence = { tokenIds: prompt.tokenIds, scored: prompt.target };
    const [scored = new Float32Array(0)] = await model.logProbs([sequence]);
    const [figures] = await model.tokenFigures([sequence], 3);
    expect(scored).toHaveLength(3);
    expect(largestDifference(figures?.logProbs ?? [], scored)).toBeLessThan(1e-6);
    await model.release();
  });

  it("keeps scores of the two ways apart", async () => {
    const keys = [];
    for (const prepack of [true, false, true]) {
      const model = await openLanguageModel(letters, { prepack });
      keys.push(scoreKey(model.identity, row));
      await model.release();
    }
    expect(keys[0]).toBe(keys[2]);
    expect(keys[0]).not.toBe(keys[1]);
  });
});

it("names the library that is installed, whose next version may round otherwise", async () => {
  expect((await loadOnnxRuntime()).env.versions.node).toBe(runtimeVersion);
});
