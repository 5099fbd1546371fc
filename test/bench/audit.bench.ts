// The audit's scoring against a bare ONNX Runtime loop: same weights, same threads, same rows, in turn.
import { join } from "node:path";
import type { DecoderOptions } from "../fixture/decoderBuilder.ts";
import { benchModel, bundledModel } from "./benchModel.ts";
import { measureInProcess, median, spread } from "./measure.ts";
import type { ScoringSide } from "./scoringSide.ts";

const nRounds = 3;
const side = join(import.meta.dirname, "scoringSide.ts");
const wideHead: DecoderOptions = {
  attention: "unfused",
  dtype: "float32",
  vocabSize: 50_257,
  nLayers: 12,
  width: 768,
  nHeads: 12,
  nKeyValueHeads: 4,
  headDim: 64,
  innerWidth: 2048,
  windowTokens: 1024,
  past: true,
  tied: false,
  seed: 11,
};

function compare(title: string, modelFolder: string, nRows: number): void {
  const run = (name: string) => measureInProcess<ScoringSide>(side, [name, modelFolder, String(nRows)]);
  const audits: ScoringSide[] = [];
  const loops: ScoringSide[] = [];
  for (let round = 0; round < nRounds; round++) {
    audits.push(run("audit"));
    loops.push(run("bareLoop"));
  }
  const rate = (sides: readonly ScoringSide[]) => sides.map(({ seconds }) => nRows / seconds);
  const peak = (sides: readonly ScoringSide[]) => sides.map(({ peakMb }) => peakMb);
  const ratios = audits.map((audit, round) => (loops[round]?.seconds ?? Number.NaN) / audit.seconds);
  const differences = (audits[0]?.logProbs ?? []).flatMap((sums, rowIdx) =>
    sums.map((sum, book) => Math.abs(sum - (loops[0]?.logProbs[rowIdx]?.[book] ?? Number.NaN))),
  );
  console.log(`${title}, ${nRows} rows, median (min to max) of ${nRounds}`);
  console.log(`  audit      ${spread(rate(audits))} rows/s, peak ${median(peak(audits)).toFixed(0)} MB`);
  console.log(`  bare loop  ${spread(rate(loops))} rows/s, peak ${median(peak(loops)).toFixed(0)} MB`);
  console.log(
    `  ratio      ${spread(ratios)} in rows/s, ${(median(peak(audits)) / median(peak(loops))).toFixed(2)} in memory`,
  );
  console.log(`  largest difference of a row's log-probability: ${Math.max(...differences).toExponential(1)} nats\n`);
}

compare("bundled model", bundledModel, 200);
compare("random weights, 12 layers of 768, vocabulary 50,257", benchModel("vocab50k", wideHead), 24);
