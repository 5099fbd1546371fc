// One side of the audit benchmark, in a process of its own: `scoringSide.ts audit|bareLoop MODEL_FOLDER N_ROWS`.
// Prints JSON. Both sides score the same rows open-book and closed-book; opening the model is not in the time.
import { join } from "node:path";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { Row } from "../../src/core/row.ts";
import type { SegmentedPrompt } from "../../src/engine/languageModel.ts";
import { scoreRows } from "../../src/engine/scoreRows.ts";
import { openLanguageModel, promptTemplate } from "../../src/model/loadedModel.ts";
import { readModelConfig } from "../../src/model/modelConfig.ts";
import { openModelFolder } from "../../src/model/modelFolder.ts";
import { segmentRow } from "../../src/model/promptSegments.ts";
import { openTokenizer } from "../../src/model/tokenizer.ts";
import { benchRows } from "./benchRows.ts";
import { peakMb } from "./peakMemory.ts";

/** What one side reports. `logProbs` holds, per row, the sums over the target open-book and closed-book, in nats. */
export interface ScoringSide {
  readonly seconds: number;
  readonly peakMb: number;
  readonly logProbs: readonly (readonly [number, number])[];
}

type SideResult = Omit<ScoringSide, "peakMb">;

async function audit(modelFolder: string, rows: readonly Row[]): Promise<SideResult> {
  const model = await openLanguageModel(modelFolder);
  const logProbs: [number, number][] = rows.map(() => [Number.NaN, Number.NaN]);
  const sum = (values: Float32Array | null | undefined) =>
    values?.reduce((total, value) => total + value, 0) ?? Number.NaN;
  const startMs = performance.now();
  await scoreRows(rows, model, null, {
    answerOnly: false,
    signal: new AbortController().signal,
    onWarning: () => undefined,
    onScored: (scored) => {
      for (const row of scored) logProbs[row.rowIdx] = [sum(row.logProbs?.open), sum(row.logProbs?.closed)];
    },
  });
  return { seconds: (performance.now() - startMs) / 1000, logProbs };
}

/** What people write today: the original file, one sequence at a time, full logits, softmax in JavaScript. */
async function bareLoop(modelFolder: string, rows: readonly Row[]): Promise<SideResult> {
  const { InferenceSession, Tensor } = await import("onnxruntime-node");
  const files = await openModelFolder(modelFolder);
  const config = readModelConfig(files.config, files.tokenizerConfig);
  const tokenizer = await openTokenizer(files.tokenizerFile, files.tokenizerConfig, config);
  const template = promptTemplate(files, tokenizer);
  const session = await InferenceSession.create(join(modelFolder, "onnx", "model.onnx"));
  const startMs = performance.now();
  const logProbs: [number, number][] = [];
  for (const row of rows) {
    const open = await targetLogProb(session, Tensor, segmentRow(row, "open", template, tokenizer));
    const closed = await targetLogProb(session, Tensor, segmentRow(row, "closed", template, tokenizer));
    logProbs.push([open, closed]);
  }
  return { seconds: (performance.now() - startMs) / 1000, logProbs };
}

async function targetLogProb(
  session: InferenceSession,
  TensorClass: typeof Tensor,
  { tokenIds, target }: SegmentedPrompt,
): Promise<number> {
  const nTokens = tokenIds.length;
  const int64 = (values: ArrayLike<number>) =>
    new TensorClass("int64", BigInt64Array.from(values, BigInt), [1, nTokens]);
  const feeds: Record<string, Tensor> = { input_ids: int64(tokenIds) };
  for (const input of session.inputMetadata) {
    if (input.name === "attention_mask") feeds[input.name] = int64(new Int32Array(nTokens).fill(1));
    else if (input.name === "position_ids")
      feeds[input.name] = int64(Int32Array.from({ length: nTokens }, (_, idx) => idx));
    else if (input.name.startsWith("past_key_values") && input.isTensor) {
      const [, nHeads, , headDim] = input.shape.map(Number);
      feeds[input.name] = new TensorClass("float32", new Float32Array(), [1, nHeads ?? 0, 0, headDim ?? 0]);
    }
  }
  const { logits } = await session.run(feeds);
  const data = logits?.data as Float32Array;
  const vocabSize = logits?.dims[2] ?? 0;
  let sum = 0;
  for (let tokenIdx = target.start; tokenIdx < target.end; tokenIdx++) {
    sum += logSoftmax(data.subarray((tokenIdx - 1) * vocabSize, tokenIdx * vocabSize), tokenIds[tokenIdx] ?? 0);
  }
  return sum;
}

function logSoftmax(scores: Float32Array, tokenId: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const score of scores) if (score > largest) largest = score;
  let total = 0;
  for (const score of scores) total += Math.exp(score - largest);
  return (scores[tokenId] ?? Number.NaN) - largest - Math.log(total);
}

const [side = "", modelFolder = "", nRows = ""] = process.argv.slice(2);
const rows = benchRows(Number(nRows));
const result = side === "audit" ? await audit(modelFolder, rows) : await bareLoop(modelFolder, rows);
process.stdout.write(JSON.stringify({ ...result, peakMb: peakMb() } satisfies ScoringSide), () => process.exit(0));
