// Opening a model of 540 MB: for a look into a row, for a run over a dataset, and as ONNX Runtime opens a path.
import { statSync } from "node:fs";
import { join } from "node:path";
import { sayWithoutPython } from "./benchPython.ts";
import { BenchReport } from "./benchReport.ts";
import { chosen, isQuick, rounds } from "./benchSettings.ts";
import { exportedModel, type ShapeName } from "./exportedModel.ts";
import { graphFile } from "./lengthPass.ts";
import type { LoadSide } from "./loadSide.ts";
import { measureInProcess, median, spread } from "./measure.ts";

const ways = { inspect: "for a look into a row", score: "for a dataset", path: "ONNX Runtime, the path" } as const;
const report = new BenchReport("load");
sayWithoutPython();
for (const shape of chosen("BENCH_SHAPES", [isQuick ? "4m" : "135m"]) as ShapeName[]) {
  const folder = exportedModel(shape);
  const runs = new Map<string, LoadSide[]>(Object.keys(ways).map((way) => [way, []]));
  for (let round = 0; round < rounds(3); round++) {
    for (const [way, sides] of runs) {
      sides.push(measureInProcess<LoadSide>(join(import.meta.dirname, "loadSide.ts"), [way, folder]));
    }
  }
  const figures = (way: string, figure: keyof LoadSide) => (runs.get(way) ?? []).map((side) => side[figure]);
  const sizeMb = statSync(graphFile(folder)).size / 1e6;
  report.table(
    `Opening: ${shape}, a file of ${sizeMb.toFixed(0)} MB`,
    "A process with ONNX Runtime loaded opens the model (tokenizer, template, fingerprint and graph included in ours), then gives the first figures of 16 tokens. Anonymous memory is what is backed by no file (RssAnon), over the same process before. The file is in the page cache.",
    ["opened", "open, ms", "first figures after, ms", "anonymous MB", "peak MB"],
    Object.entries(ways).map(([way, name]) => [
      name,
      spread(figures(way, "openMs")),
      spread(figures(way, "firstFiguresMs")),
      spread(figures(way, "anonymousMb")),
      median(figures(way, "peakMb")).toFixed(0),
    ]),
  );
  const openMs = median(figures("inspect", "openMs"));
  const anonymous = median(figures("inspect", "anonymousMb"));
  report.goal(`opening ${shape} for a look`, "<= 0.1 s", `${(openMs / 1000).toFixed(3)} s`, openMs <= 100);
  report.goal(`its anonymous memory`, "<= 60 MB", `${anonymous.toFixed(0)} MB`, anonymous <= 60);
}
report.save();
