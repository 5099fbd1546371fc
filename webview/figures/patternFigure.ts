import type { PatternLevels } from "../../src/figure/patternLevels.ts";
import { patternMatrix } from "../../src/figure/patternMatrix.ts";
import type { LensRow } from "../../src/protocol/lens.ts";
import { say } from "../words.ts";
import { causalNote } from "./attentionFigures.ts";
import type { LensFigure } from "./lensFigure.ts";

/** The same float32 in as few digits as tell it from its neighbours: a pattern of 4,096 tokens is half as long. */
function shortNumber(value: number): number {
  return Number(value.toPrecision(9));
}

/** Whose pattern it is. */
export interface PatternName {
  readonly layerIdx: number;
  readonly heads: "mean" | "max" | number;
}

/** The whole attention pattern of a layer. The drawing pools long prompts; the table has every query's keys up to itself. */
export function patternFigure(row: LensRow, pattern: PatternLevels, { layerIdx, heads }: PatternName): LensFigure {
  const { levels, nTokens } = pattern;
  const { texts } = row.open;
  const names = { mean: () => say("mean of its heads"), max: () => say("largest of its heads") };
  const facts = {
    layerIdx,
    heads: typeof heads === "number" ? say("head {headIdx}", { headIdx: heads }) : names[heads](),
  };
  const title = say(
    "Attention pattern of layer {layerIdx}, {heads}: from each token (down) to the tokens before it (across)",
    facts,
  );
  return {
    name: `pattern-layer-${layerIdx}-${typeof heads === "number" ? `head-${heads}` : heads}`,
    title,
    draw: (frame) => patternMatrix(title, pattern, texts, frame),
    table: () => {
      const values = levels[0]?.values ?? new Float32Array(0);
      return {
        columns: [say("place"), say("token"), ...Array.from({ length: nTokens }, (_, key) => String(key + 1))],
        rows: Array.from({ length: nTokens }, (_, query) => [
          query + 1,
          texts[query] ?? "",
          ...Array.from(values.subarray(query * nTokens, query * nTokens + query + 1), shortNumber),
        ]),
      };
    },
    note: causalNote(),
  };
}
