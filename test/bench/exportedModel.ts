import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DecoderOptions } from "../fixture/decoderBuilder.ts";
import { benchModel, bundledModel } from "./benchModel.ts";
import { python, pythonTools } from "./benchPython.ts";
import { benchCache } from "./benchSettings.ts";

const common = { dtype: "float32", windowTokens: 8192, past: false, tied: true, seed: 11 } as const;

/** The same shapes as in `tools/bench/shapes.py`. */
export const shapes = {
  "4m": {
    ...common,
    ...{ nLayers: 6, width: 192, nHeads: 6, nKeyValueHeads: 3, headDim: 32, innerWidth: 512, vocabSize: 4097 },
  },
  "15m": {
    ...common,
    ...{ nLayers: 6, width: 288, nHeads: 6, nKeyValueHeads: 6, headDim: 48, innerWidth: 768, vocabSize: 32_000 },
  },
  "135m": {
    ...common,
    ...{ nLayers: 30, width: 576, nHeads: 9, nKeyValueHeads: 3, headDim: 64, innerWidth: 1536, vocabSize: 49_152 },
  },
  "500m": {
    ...common,
    ...{ nLayers: 24, width: 896, nHeads: 14, nKeyValueHeads: 2, headDim: 64, innerWidth: 4864, vocabSize: 151_936 },
  },
} satisfies Record<string, Omit<DecoderOptions, "attention">>;

export type ShapeName = keyof typeof shapes;

/**
 * The folder of a random-weight model as torch's exporter writes it, its safetensors beside it; made once. Without Python
 * a hand-made unfused graph of the same shape.
 */
export function exportedModel(name: ShapeName): string {
  if (python === null) return benchModel(`unfused-${name}`, { ...shapes[name], attention: "unfused" });
  const folder = join(benchCache, "models");
  if (!existsSync(join(folder, name))) {
    mkdirSync(folder, { recursive: true });
    const makeModels = join(pythonTools, "makeModels.py");
    const run = spawnSync(python, [makeModels, folder, bundledModel, name], { encoding: "utf8" });
    if (run.status !== 0) throw new Error(`makeModels.py ended with ${run.status}\n${run.stderr}`);
  }
  return join(folder, name);
}
