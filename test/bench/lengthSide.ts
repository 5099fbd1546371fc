// Passes over one sequence of growing length, in a process of its own:
// `lengthSide.ts PASS[,PASS…] MODEL_FOLDER N_ROUNDS T…`. Prints JSON. Passes take turns at every length, so that their ratio
// is of one moment; the peak memory belongs to a pass only where it runs alone, lengths ascending.
import { dependencyLayer } from "../../src/core/contextDependency.ts";
import { type LengthPass, openPasses, type PassName } from "./lengthPass.ts";
import { peakMb } from "./peakMemory.ts";

/** What a pass cost at one length. */
export interface LengthPoint {
  readonly pass: PassName;
  readonly nTokens: number;
  /** One per round. */
  readonly seconds: readonly number[];
  readonly peakMb: number;
}

export interface LengthSide {
  readonly points: readonly LengthPoint[];
  readonly nLayers: number;
  /** Layers that a pass for the context-dependency score runs. */
  readonly nKeptLayers: number;
}

const [names = "", folder = "", nRounds = "", ...lengths] = process.argv.slice(2);
const { passes, nLayers } = await openPasses(names.split(",") as PassName[], folder);
for (const { run } of passes) await run(ids(16));
const points: LengthPoint[] = [];
for (const nTokens of lengths.map(Number).sort((a, b) => a - b)) points.push(...(await measure(nTokens)));
const result: LengthSide = { points, nLayers, nKeptLayers: dependencyLayer(nLayers) + 1 };
process.stdout.write(JSON.stringify(result), () => process.exit(0));

async function measure(nTokens: number): Promise<LengthPoint[]> {
  const seconds = new Map<LengthPass, number[]>(passes.map((pass) => [pass, []]));
  for (let round = 0; round < Number(nRounds); round++) {
    for (const pass of passes) {
      const startMs = performance.now();
      await pass.run(ids(nTokens));
      seconds.get(pass)?.push((performance.now() - startMs) / 1000);
    }
  }
  return passes.map((pass) => ({ pass: pass.name, nTokens, seconds: seconds.get(pass) ?? [], peakMb: peakMb() }));
}

/** Token ids that every bench model's tokenizer and vocabulary know. */
function ids(nTokens: number): Int32Array {
  return Int32Array.from({ length: nTokens }, (_, idx) => ((idx * 7) % 4000) + 7);
}
