// What taps cost by the number of layers they are on, and what the order of their nodes does to memory.
import { join } from "node:path";
import type { DecoderOptions } from "../fixture/decoderBuilder.ts";
import { benchModel } from "./benchModel.ts";
import { BenchReport } from "./benchReport.ts";
import { isQuick, rounds } from "./benchSettings.ts";
import { measureInProcess, median, spread } from "./measure.ts";
import type { TapOrder, TapSide } from "./tapSide.ts";

const side = join(import.meta.dirname, "tapSide.ts");
const nTokens = isQuick ? "128" : "1024";
const nRounds = rounds(3);
const nRunsPerProcess = isQuick ? "1" : "2";
const layerCounts = isQuick ? [0, 2] : [0, 1, 3, 6, 12];
const shape: DecoderOptions = {
  attention: "unfused",
  dtype: "float32",
  vocabSize: 1000,
  nLayers: isQuick ? 2 : 12,
  width: isQuick ? 64 : 768,
  nHeads: 12,
  nKeyValueHeads: 4,
  headDim: isQuick ? 16 : 64,
  innerWidth: isQuick ? 128 : 2048,
  windowTokens: 2048,
  past: true,
  tied: false,
  seed: 11,
};
const models = (["unfused", "group-query"] as const).map((attention) => ({
  attention,
  folder: benchModel(`taps-${isQuick ? "quick-" : ""}${attention}`, { ...shape, attention }),
}));

const run = (folder: string, order: TapOrder, nTapped: number) =>
  measureInProcess<TapSide>(side, [folder, order, `${nTapped}`, nTokens, nRunsPerProcess]);

const report = new BenchReport("taps");
const countRows: string[][] = [];
const orderRows: string[][] = [];
for (const { attention, folder } of models) {
  const found = new Map<number, TapSide[]>(layerCounts.map((count) => [count, []]));
  for (let round = 0; round < nRounds; round++) {
    for (const count of layerCounts) found.get(count)?.push(run(folder, "descending", count));
  }
  const seconds = (count: number) => (found.get(count) ?? []).map((each) => median(each.seconds));
  const peaks = (count: number) => (found.get(count) ?? []).map((each) => each.peakMb);
  for (const count of layerCounts) {
    const over = seconds(count).map((value, round) => value / (seconds(0)[round] ?? Number.NaN));
    countRows.push([attention, `${count}`, spread(seconds(count)), spread(over), spread(peaks(count))]);
  }
  for (const order of ["descending", "ascending", "inline"] as const) {
    const sides = Array.from({ length: nRounds }, () => run(folder, order, shape.nLayers));
    orderRows.push([
      attention,
      order,
      spread(sides.map((each) => median(each.seconds))),
      spread(sides.map((each) => each.peakMb)),
    ]);
  }
}
report.table(
  `Taps by number of layers: 12 layers of 768, one sequence of ${nTokens} tokens`,
  "Attention of the last 64 positions summed over nine roles, against the same graph without taps; every side in a process of its own, sides in turn. Weights not repacked.",
  ["attention", "layers tapped", "pass, s", "over no taps", "peak MB"],
  countRows,
);
report.table(
  `Order of the tap nodes: all layers, ${nTokens} tokens`,
  "The same nodes at other places in the file. Descending is what the product writes: at the graph's end, the last layer's first.",
  ["attention", "order", "pass, s", "peak MB"],
  orderRows,
);
report.save();
