// Opens a model one way, in a process of its own: `loadSide.ts inspect|score|path MODEL_FOLDER`. Prints JSON.
import { readFileSync } from "node:fs";
import { openLanguageModel } from "../../src/model/loadedModel.ts";
import { loadOnnxRuntime } from "../../src/model/onnxRuntime.ts";
import { threads } from "./benchSettings.ts";
import { graphFile } from "./lengthPass.ts";
import { peakMb } from "./peakMemory.ts";

/** What opening cost over a process that has ONNX Runtime loaded and no model. */
export interface LoadSide {
  readonly openMs: number;
  /** Until the first figures of a short sequence are there, opening included. */
  readonly firstFiguresMs: number;
  /** Memory that is backed by no file, after the first figures, over that before. */
  readonly anonymousMb: number;
  readonly peakMb: number;
}

const tokenIds = Int32Array.from({ length: 16 }, (_, idx) => idx + 7);
const scored = { start: 8, end: 16 };

/** Opens the model and returns what gives the first figures. */
const ways: Readonly<Record<string, (folder: string) => Promise<() => Promise<unknown>>>> = {
  // As the lens and `inspect` open it: the session is made when it is first needed.
  inspect: async (folder) => {
    const model = await openLanguageModel(folder, { scoresLater: true });
    return () => model.tokenFigures([{ tokenIds, scored }], 5);
  },
  // As `audit` opens it: weights repacked for a run over a whole dataset.
  score: async (folder) => {
    const model = await openLanguageModel(folder);
    return () => model.logProbs([{ tokenIds, scored }]);
  },
  // The file as it is.
  path: async (folder) => {
    const { InferenceSession, Tensor } = await loadOnnxRuntime();
    const session = await InferenceSession.create(graphFile(folder), { intraOpNumThreads: threads });
    const grid = (values: ArrayLike<number>) => new Tensor("int64", BigInt64Array.from(values, BigInt), [1, 16]);
    const feeds = {
      input_ids: grid(tokenIds),
      attention_mask: grid(new Int32Array(16).fill(1)),
      position_ids: grid(tokenIds.map((_, idx) => idx)),
    };
    return () => session.run(feeds);
  },
};

const [way = "", folder = ""] = process.argv.slice(2);
await loadOnnxRuntime();
const anonymousBefore = anonymousMb();
const startMs = performance.now();
const firstFigures = await ways[way]?.(folder);
const openMs = performance.now() - startMs;
await firstFigures?.();
const result: LoadSide = {
  openMs,
  firstFiguresMs: performance.now() - startMs,
  anonymousMb: anonymousMb() - anonymousBefore,
  peakMb: peakMb(),
};
process.stdout.write(JSON.stringify(result), () => process.exit(0));

/** Linux tells it of every process. */
function anonymousMb(): number {
  const line = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  return Number(line?.[1] ?? Number.NaN) / 1024;
}
