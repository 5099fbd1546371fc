import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runGenerations } from "../../src/model/batchGeneration.ts";
import { DecoderVariants } from "../../src/model/decoderVariants.ts";
import { runFigures } from "../../src/model/figuresRun.ts";
import { openOnnxFile } from "../../src/model/onnxFile.ts";
import { describeDecoder } from "../../src/onnx/decoderGraph.ts";
import { goldenCells, readGolden, unpackCell } from "../fixture/decoderCell.ts";

const folder = mkdtempSync(join(tmpdir(), "batch-generation-"));
afterAll(() => rmSync(folder, { recursive: true }));

const signal = new AbortController().signal;
const bounds = { stopIds: new Set<number>(), windowTokens: 4096 };
/** What a cache and a batch can change: the order of float32 sums, and half precision where the weights have it. */
const tolerance = (layout: string) => (/16/.test(layout) ? 2e-2 : 2e-4);

/** Every layout with a cache that another program wrote, and one without. */
const cells = goldenCells().filter(({ layout }) => /past|genai|merged|optimum$/.test(layout));

async function opened(architecture: string, layout: string) {
  const path = unpackCell(folder, architecture, layout);
  const file = openOnnxFile(path);
  const { nHeads, tokenIds } = readGolden(architecture);
  const variants = new DecoderVariants(file, describeDecoder(file.model), { file: path, nHeads, threads: 1 });
  // Three prompts share a batch, the longest one runs alone.
  const prompts = [9, 12, 9, 1].map((length, idx) => Int32Array.from(tokenIds.slice(idx % 2, (idx % 2) + length)));
  return { variants, prompts };
}

describe.each(cells)("$architecture, $layout", ({ architecture, layout }) => {
  it("answers every prompt of a batch with what is most probable after it", async () => {
    const { variants, prompts } = await opened(architecture, layout);
    const answers = await runGenerations(variants, prompts, bounds, { maxNewTokens: 4, signal });
    for (const [idx, { tokenIds, logProbs, stop }] of answers.entries()) {
      const prompt = prompts[idx] as Int32Array;
      const all = Int32Array.of(...prompt, ...tokenIds);
      const [figures] = await runFigures(
        variants,
        [{ tokenIds: all, scored: { start: prompt.length, end: all.length } }],
        1,
      );
      expect([tokenIds.length, stop]).toEqual([4, "length"]);
      for (const [t, best] of (figures?.topLogProbs ?? []).entries()) {
        expect(Math.abs(best - (figures?.logProbs[t] ?? Number.NaN))).toBeLessThan(tolerance(layout));
        expect(Math.abs((logProbs[t] ?? Number.NaN) - best)).toBeLessThan(tolerance(layout));
      }
    }
    await variants.release();
  });
});

describe("the end of answers in a batch", () => {
  const [cell] = cells.filter(({ layout }) => layout.includes("past"));

  it("comes with a stop token or the window, and the others go on", async () => {
    const { variants, prompts } = await opened(cell?.architecture ?? "", cell?.layout ?? "");
    const free = await runGenerations(variants, prompts, bounds, { maxNewTokens: 6, signal });
    const stopId = free[0]?.tokenIds[2] ?? -1;
    const expected = free.map(({ tokenIds }) => {
      const end = tokenIds.indexOf(stopId);
      return end === -1 ? [[...tokenIds], "length"] : [[...tokenIds.slice(0, end)], "end-of-turn"];
    });
    const stopped = await runGenerations(
      variants,
      prompts,
      { ...bounds, stopIds: new Set([stopId]) },
      { maxNewTokens: 6, signal },
    );
    expect(stopped.map(({ tokenIds, stop }) => [[...tokenIds], stop])).toEqual(expected);
    expect(stopped[0]?.stop).toBe("end-of-turn");

    const narrow = await runGenerations(
      variants,
      prompts,
      { ...bounds, windowTokens: 14 },
      { maxNewTokens: 6, signal },
    );
    expect(narrow.map(({ tokenIds, stop }) => [tokenIds.length, stop])).toEqual([
      [5, "window"],
      [2, "window"],
      [5, "window"],
      [6, "length"],
    ]);
    await variants.release();
  });

  it("comes at once where it is cancelled", async () => {
    const { variants, prompts } = await opened(cell?.architecture ?? "", cell?.layout ?? "");
    const aborted = AbortSignal.abort();
    await expect(runGenerations(variants, prompts, bounds, { maxNewTokens: 6, signal: aborted })).rejects.toThrow(
      "cancelled",
    );
    await variants.release();
  });
});
