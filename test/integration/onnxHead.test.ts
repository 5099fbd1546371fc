import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openOnnxFile } from "../../src/model/onnxFile.ts";
import { createSession, loadOnnxRuntime, runSession } from "../../src/model/onnxRuntime.ts";
import { type HeadFigures, headPort } from "../../src/onnx/gatheredHead.ts";
import { headBytes } from "../../src/onnx/instrumentation.ts";
import { buildDecoder, smallDecoder, writeDecoder } from "../fixture/decoder.ts";
import { largestDifference, logProbOf } from "../fixture/decoderReference.ts";
import { seededRandom } from "../fixture/decoderWeights.ts";

const folder = mkdtempSync(join(tmpdir(), "onnx-head-"));
afterAll(() => rmSync(folder, { recursive: true }));

const { width, vocabSize } = smallDecoder;
const nRows = 7;
const random = seededRandom(3);
const rows = Float32Array.from({ length: nRows * width }, () => random() * 4 - 2);
const targets = BigInt64Array.from({ length: nRows }, (_, idx) => BigInt((idx * 41) % vocabSize));

/** Logits of each row in float64, from the weights as the file has them. */
function trueLogits(): Float32Array[] {
  const tensor = buildDecoder(smallDecoder).graph?.initializer.find((each) => each.name === "lm_head.weight");
  const weight = new Float32Array(tensor?.rawData.slice().buffer ?? new ArrayBuffer(0));
  return Array.from({ length: nRows }, (_, row) =>
    Float32Array.from({ length: vocabSize }, (_unused, token) => {
      let sum = 0;
      for (let column = 0; column < width; column++) {
        sum += (rows[row * width + column] ?? 0) * (weight[column * vocabSize + token] ?? 0);
      }
      return sum;
    }),
  );
}

async function runHead(figures: HeadFigures) {
  const path = join(folder, "model.onnx");
  writeDecoder(path, smallDecoder);
  const file = openOnnxFile(path);
  const session = await createSession(headBytes(file.model, figures), file.folder, path, {
    prepack: false,
    threads: 1,
  });
  const { Tensor } = await loadOnnxRuntime();
  const feeds = {
    [headPort.hiddenRows]: new Tensor("float32", rows, [nRows, width]),
    [headPort.targetIds]: new Tensor("int64", targets, [nRows, 1]),
  };
  const outputs = await runSession(session, feeds, path);
  await session.release();
  return outputs;
}

describe("the head alone", () => {
  it("gives log-probabilities, entropy, rank and the most probable tokens of rows", async () => {
    const outputs = await runHead({ entropy: true, rank: true, topK: 4 });
    const logits = trueLogits();
    const all = logits.map((row) => Array.from(row, (_, token) => logProbOf(row, token)));
    const target = (row: number) => Number(targets[row] ?? 0n);
    const ranked = all.map((row) =>
      row.map((logProb, token) => ({ logProb, token })).sort((a, b) => b.logProb - a.logProb),
    );

    expect(outputs[headPort.logProb]?.dims).toEqual([nRows, 1]);
    const logProbs = all.map((row, idx) => row[target(idx)] ?? 0);
    expect(largestDifference(outputs[headPort.logProb]?.data as Float32Array, logProbs)).toBeLessThan(1e-5);
    const entropies = all.map((row) => -row.reduce((sum, logProb) => sum + Math.exp(logProb) * logProb, 0));
    expect(largestDifference(outputs[headPort.entropy]?.data as Float32Array, entropies)).toBeLessThan(1e-5);
    const ranks = ranked.map((row, idx) => row.findIndex(({ token }) => token === target(idx)));
    expect(Array.from(outputs[headPort.rank]?.data as BigInt64Array, Number)).toEqual(ranks);
    const top = ranked.flatMap((row) => row.slice(0, 4));
    expect(Array.from(outputs[headPort.topIds]?.data as BigInt64Array, Number)).toEqual(top.map(({ token }) => token));
    const topLogProbs = top.map(({ logProb }) => logProb);
    expect(largestDifference(outputs[headPort.topLogProb]?.data as Float32Array, topLogProbs)).toBeLessThan(1e-5);
  });

  it("computes only what is asked", async () => {
    expect(Object.keys(await runHead({}))).toEqual([headPort.logProb]);
  });
});
