// An experiment: the same weights with attention written as primitive operators, as exporters write it, and as one fused
// operator. The ratio is what a rewrite of unfused attention at load could bring.
import { join } from "node:path";
import { benchModel } from "./benchModel.ts";
import { BenchReport } from "./benchReport.ts";
import { chosen, isQuick, rounds } from "./benchSettings.ts";
import { type ShapeName, shapes } from "./exportedModel.ts";
import type { PassName } from "./lengthPass.ts";
import type { LengthSide } from "./lengthSide.ts";
import { measureInProcess, median, spread } from "./measure.ts";

const layouts = ["unfused", "multi-head", "group-query", "standard"] as const;
type Layout = (typeof layouts)[number];

const shape = chosen("BENCH_SHAPES", [isQuick ? "4m" : "135m"])[0] as ShapeName;
const lengths = chosen("BENCH_LENGTHS", isQuick ? ["32", "64"] : ["128", "512", "1024", "2048"]);
const folders = new Map(
  layouts.map((attention) => [attention, benchModel(`${attention}-${shape}`, { ...shapes[shape], attention })]),
);

const report = new BenchReport("fusion");
for (const pass of ["hiddenPacked", "ledger"] as const) tabulate(pass, measure(pass));
report.save();

function measure(pass: PassName): Map<Layout, LengthSide[]> {
  const sides = new Map<Layout, LengthSide[]>(layouts.map((layout) => [layout, []]));
  for (let round = 0; round < rounds(2); round++) {
    for (const [layout, folder] of folders) {
      const programArguments = [pass, folder, "1", ...lengths];
      sides.get(layout)?.push(measureInProcess(join(import.meta.dirname, "lengthSide.ts"), programArguments));
    }
  }
  return sides;
}

function tabulate(pass: PassName, sides: ReadonlyMap<Layout, readonly LengthSide[]>): void {
  const secondsOf = (layout: Layout, lengthIdx: number) =>
    (sides.get(layout) ?? []).map(({ points }) => points[lengthIdx]?.seconds[0] ?? Number.NaN);
  const peakOf = (layout: Layout, lengthIdx: number) =>
    median((sides.get(layout) ?? []).map(({ points }) => points[lengthIdx]?.peakMb ?? Number.NaN));
  const ratios = (layout: Layout, lengthIdx: number) =>
    secondsOf("unfused", lengthIdx).map(
      (seconds, round) => seconds / (secondsOf(layout, lengthIdx)[round] ?? Number.NaN),
    );
  report.table(
    pass === "ledger" ? `Fused attention, ledger over all layers: ${shape}` : `Fused attention, plain pass: ${shape}`,
    "One sequence, hand-made graphs of the same random weights; a process per layout and round. `times` is how much faster than the unfused graph.",
    ["tokens", "unfused, s", ...layouts.slice(1).map((layout) => `${layout}, times`), "peak MB of each"],
    lengths.map((nTokens, idx) => [
      nTokens,
      spread(secondsOf("unfused", idx)),
      ...layouts.slice(1).map((layout) => spread(ratios(layout, idx))),
      layouts.map((layout) => peakOf(layout, idx).toFixed(0)).join(", "),
    ]),
  );
}
