import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fromBinary } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OnnxSession, openOnnxSession } from "../../src/model/onnxSession.ts";
import { ModelProtoSchema } from "../../src/onnx/proto/onnx_pb.ts";
import { largestDifference, referenceRun, someTokens } from "../fixture/decoderReference.ts";

const file = fileURLToPath(new URL("../../media/model/onnx/model.onnx", import.meta.url));

describe("the bundled model", () => {
  let session: OnnxSession;
  beforeAll(async () => {
    session = await openOnnxSession(file, { prepack: true, threads: 2 });
  });
  afterAll(() => session.release());

  it("is a decoder with attention that can be read in every layer", () => {
    const { decoder } = session;
    expect(decoder.nLayers).toBeGreaterThan(1);
    expect(decoder.attention).toEqual(Array(decoder.nLayers).fill("unfused"));
    expect(decoder.isCausal).toBe(true);
  });

  it("gives the log-softmax of its full logits", async () => {
    const tokenIds = someTokens(120, session.decoder.vocabSize);
    const reference = await referenceRun(fromBinary(ModelProtoSchema, readFileSync(file)), tokenIds);
    const [logProbs] = await session.logProbs([{ tokenIds, scored: { start: 1, end: tokenIds.length } }]);
    expect(largestDifference(logProbs ?? [], reference.nextLogProbs)).toBeLessThan(5e-5);
  });

  it("gives a padded batch the results of single runs", async () => {
    const batch = [5, 90, 33, 61].map((nTokens, idx) => {
      const tokenIds = someTokens(nTokens, session.decoder.vocabSize, idx);
      return { tokenIds, scored: { start: 2, end: nTokens } };
    });
    const together = await session.logProbs(batch);
    for (const [idx, sequence] of batch.entries()) {
      const [alone] = await session.logProbs([sequence]);
      expect(largestDifference(together[idx] ?? [], alone ?? [])).toBeLessThan(1e-5);
    }
  });
});
