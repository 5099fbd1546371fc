// An experiment: what a cache of the system prompt that all rows share would bring. The product scores sequences whole.
import { join } from "node:path";
import { benchModel } from "./benchModel.ts";
import { BenchReport } from "./benchReport.ts";
import { chosen, isQuick, rounds } from "./benchSettings.ts";
import { type ShapeName, shapes } from "./exportedModel.ts";
import { measureInProcess, spread } from "./measure.ts";
import type { PrefixSide } from "./prefixSide.ts";

const shape = chosen("BENCH_SHAPES", [isQuick ? "4m" : "135m"])[0] as ShapeName;
const sharedLengths = isQuick ? ["8", "32"] : ["16", "64", "256"];
const nRows = isQuick ? 4 : 12;
const folder = benchModel(`cached-${shape}`, { ...shapes[shape], attention: "unfused", past: true });

const report = new BenchReport("prefix");
report.table(
  `A shared system prompt from the cache: ${shape}, ${nRows} rows`,
  "Rows open-book and closed-book behind one system prompt, scored whole and from one cache of that prompt, in turn in one process; the cache is made anew in every round. Copying it for every sequence of a batch is in the time.",
  ["shared tokens", "mean tokens", "whole, s", "from the cache, s", "times", "difference, nats"],
  sharedLengths.map((nShared) => {
    const programArguments = [folder, `${rounds(2)}`, `${nRows}`, nShared];
    const side = measureInProcess<PrefixSide>(join(import.meta.dirname, "prefixSide.ts"), programArguments);
    return [
      nShared,
      (side.nTokens / (2 * nRows)).toFixed(0),
      spread(side.wholeSeconds),
      spread(side.sharedSeconds),
      spread(side.wholeSeconds.map((seconds, round) => seconds / (side.sharedSeconds[round] ?? Number.NaN))),
      side.largestDifference.toExponential(1),
    ];
  }),
);
report.save();
