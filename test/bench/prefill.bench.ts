// How much of the machine's own speed of products a pass over a sequence reaches, and where the rest goes.
import { join } from "node:path";
import { sayWithoutPython } from "./benchPython.ts";
import { BenchReport } from "./benchReport.ts";
import { chosen, isQuick, rounds } from "./benchSettings.ts";
import { exportedModel, type ShapeName } from "./exportedModel.ts";
import { measureInProcess, median, spread } from "./measure.ts";
import type { PrefillSide } from "./prefillSide.ts";

const nTokens = isQuick ? "64" : "512";
const report = new BenchReport("prefill");
sayWithoutPython();
const sides = new Map<ShapeName, PrefillSide>();
for (const shape of chosen("BENCH_SHAPES", isQuick ? ["4m"] : ["15m", "135m", "500m"]) as ShapeName[]) {
  const programArguments = [shape, exportedModel(shape), `${rounds(3)}`, nTokens];
  sides.set(shape, measureInProcess<PrefillSide>(join(import.meta.dirname, "prefillSide.ts"), programArguments));
}
const shareOfPeak = ({ flops, modelSeconds, peakGflops }: PrefillSide) =>
  modelSeconds.map((seconds, round) => flops / seconds / 1e9 / (peakGflops[round] ?? Number.NaN));
report.table(
  `Prefill of ${nTokens} tokens without the head, weights repacked`,
  "`Peak` is the fastest of three big float32 products as one-product ONNX models in the same process. Operations are those the graph runs: two per weight of a product and token, and attention over all pairs of tokens; `causal` counts only the pairs that causality allows. `Own products` are the model's products by themselves, one layer's weights used again for every layer: what is left beyond them is norms, rotary, softmax and copies.",
  [
    "model",
    "peak, GFLOP/s",
    "pass, s",
    "share of peak",
    "causal",
    "own products, s",
    "their share of peak",
    "products of the pass",
  ],
  [...sides].map(([shape, side]) => {
    const { flops, causalFlops, peakGflops, productSeconds, modelSeconds } = side;
    const peak = (round: number) => (peakGflops[round] ?? Number.NaN) * 1e9;
    return [
      shape,
      spread(peakGflops),
      spread(modelSeconds),
      spread(shareOfPeak(side)),
      spread(modelSeconds.map((seconds, round) => causalFlops / seconds / peak(round))),
      spread(productSeconds),
      spread(productSeconds.map((seconds, round) => flops / seconds / peak(round))),
      spread(modelSeconds.map((seconds, round) => (productSeconds[round] ?? Number.NaN) / seconds)),
    ];
  }),
);
report.table(
  "Where a profiled pass goes",
  "Time in operators by kind, from ONNX Runtime's profiler, one pass.",
  ["model", "operators"],
  [...sides].map(([shape, { operators }]) => [
    shape,
    operators
      .slice(0, 8)
      .map(([kind, share]) => `${kind} ${(100 * share).toFixed(1)} %`)
      .join(", "),
  ]),
);
for (const [shape, side] of sides) {
  const share = median(shareOfPeak(side));
  report.goal(
    `share of the product peak in prefill, ${shape}`,
    ">= 85 %",
    `${(100 * share).toFixed(0)} %`,
    share >= 0.85,
  );
}
report.save();
