// Attention from inside the graph: what taps on all layers, or at one, cost over a plain pass and against Transformers.
import { join } from "node:path";
import { measureInPython, python, sayWithoutPython } from "./benchPython.ts";
import { BenchReport } from "./benchReport.ts";
import { chosen, isQuick, rounds, threads } from "./benchSettings.ts";
import { exportedModel, type ShapeName } from "./exportedModel.ts";
import type { PassName } from "./lengthPass.ts";
import type { LengthPoint, LengthSide } from "./lengthSide.ts";
import { measureInProcess, median, spread } from "./measure.ts";

const side = join(import.meta.dirname, "lengthSide.ts");
const lengths = chosen("BENCH_LENGTHS", isQuick ? ["32", "64"] : ["128", "512", "1024", "2048"]);
const shape = chosen("BENCH_SHAPES", [isQuick ? "4m" : "135m"])[0] as ShapeName;
const folder = exportedModel(shape);
const nRounds = rounds(3);

const run = (passes: string, n: number) => measureInProcess<LengthSide>(side, [passes, folder, `${n}`, ...lengths]);

const report = new BenchReport("ledger");
sayWithoutPython();
const times = run("hidden,ledger,dependency,logits", nRounds);
const alone = {
  hidden: run("hidden", 1),
  ledger: run("ledger", 1),
  dependency: run("dependency", 1),
  logits: run("logits", 1),
};
// Its times belong to the same minutes; at 2,048 tokens one pass takes as long as all of ours.
const transformers =
  python === null
    ? null
    : measureInPython<{ points: Omit<LengthPoint, "pass">[] }>("transformersSide.py", [
        "attentions",
        folder,
        `${threads}`,
        `${Math.min(2, nRounds)}`,
        ...lengths,
      ]);

const point = (pass: PassName, nTokens: number) =>
  times.points.find((at) => at.pass === pass && at.nTokens === nTokens);
const ratios = (pass: PassName, base: PassName, nTokens: number) =>
  (point(pass, nTokens)?.seconds ?? []).map((s, round) => s / (point(base, nTokens)?.seconds[round] ?? Number.NaN));
const peak = (pass: keyof typeof alone, nTokens: number) =>
  alone[pass].points.find((at) => at.nTokens === nTokens)?.peakMb ?? Number.NaN;
const theirs = (nTokens: number) => transformers?.points.find((at) => at.nTokens === nTokens);
const ledgerSeconds = (nTokens: number) => median(point("ledger", nTokens)?.seconds ?? []);

report.table(
  `Ledger over all layers: ${shape}, one sequence`,
  "Attention of all layers and heads at the last 64 positions, summed inside the graph over nine groups of keys, against the same trunk without taps (hidden rows of the same positions, no head; weights not repacked in both), the passes in turn in one process. Transformers: eager attention with `output_attentions=True` and the logits of one position. Peak memory is the resident size of a process that ran this side alone up to this length; it includes the file's own pages (540 MB).",
  [
    "tokens",
    "plain pass, s",
    "ledger, s",
    "over plain",
    "Transformers, s",
    "times",
    "peak MB",
    "Transformers' peak MB",
  ],
  lengths.map(Number).map((nTokens) => {
    const their = theirs(nTokens);
    return [
      `${nTokens}`,
      spread(point("hidden", nTokens)?.seconds ?? []),
      spread(point("ledger", nTokens)?.seconds ?? []),
      spread(ratios("ledger", "hidden", nTokens)),
      their ? spread(their.seconds) : "-",
      their ? (median(their.seconds) / ledgerSeconds(nTokens)).toFixed(2) : "-",
      peak("ledger", nTokens).toFixed(0),
      their ? their.peakMb.toFixed(0) : "-",
    ];
  }),
);
const { nLayers, nKeptLayers } = times;
report.table(
  `Context-dependency score at the default layer: ${shape}, ${nKeptLayers} of ${nLayers} layers`,
  "One layer's attention on one group of keys; layers behind it are removed from the graph. `Full logits` is the file as it is, opened by its path.",
  [
    "tokens",
    "dependency, s",
    "over plain",
    "over plain / (kept / layers)",
    "full logits over plain",
    "peak MB",
    "plain's peak MB",
    "full logits' peak MB",
  ],
  lengths
    .map(Number)
    .map((nTokens) => [
      `${nTokens}`,
      spread(point("dependency", nTokens)?.seconds ?? []),
      spread(ratios("dependency", "hidden", nTokens)),
      spread(ratios("dependency", "hidden", nTokens).map((ratio) => (ratio * nLayers) / nKeptLayers)),
      spread(ratios("logits", "hidden", nTokens)),
      peak("dependency", nTokens).toFixed(0),
      peak("hidden", nTokens).toFixed(0),
      peak("logits", nTokens).toFixed(0),
    ]),
);

const middle = Number(lengths.at(-2));
const longest = Number(lengths.at(-1));
const overPlain = median(ratios("ledger", "hidden", middle));
report.goal(`ledger over a plain pass at ${middle} tokens`, "<= 1.10", overPlain.toFixed(2), overPlain <= 1.1);
const kept = (median(ratios("dependency", "hidden", middle)) * nLayers) / nKeptLayers;
report.goal(
  `context-dependency score over its share of layers at ${middle} tokens`,
  "<= 1.10",
  kept.toFixed(2),
  kept <= 1.1,
);
const their = theirs(longest);
if (their) {
  const speed = median(their.seconds) / ledgerSeconds(longest);
  const memory = peak("ledger", longest) / their.peakMb;
  report.goal(`ledger's speed over Transformers at ${longest} tokens`, ">= 3", speed.toFixed(2), speed >= 3);
  report.goal(
    `ledger's peak memory over Transformers' at ${longest} tokens`,
    "<= 0.25",
    memory.toFixed(2),
    memory <= 0.25,
  );
}
report.save();
