import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promptTemplate } from "../../src/model/loadedModel.ts";
import { readModelConfig } from "../../src/model/modelConfig.ts";
import { openModelFolder } from "../../src/model/modelFolder.ts";
import { segmentRow } from "../../src/model/promptSegments.ts";
import { openTokenizer } from "../../src/model/tokenizer.ts";
import { benchRows } from "./benchRows.ts";
import { benchCache } from "./benchSettings.ts";

/** Writes the benchmark's rows, open-book and closed-book in turn, as the Python sides read them; returns the file. */
export async function renderedRows(modelFolder: string, nRows: number): Promise<string> {
  const files = await openModelFolder(modelFolder);
  const config = readModelConfig(files.config, files.tokenizerConfig);
  const tokenizer = await openTokenizer(files.tokenizerFile, files.tokenizerConfig, config);
  const template = promptTemplate(files, tokenizer);
  const rendered = benchRows(nRows).flatMap((row) =>
    (["open", "closed"] as const).map((book) => {
      const { text, tokenIds, tokenOffsets, target } = segmentRow(row, book, template, tokenizer);
      const start = tokenOffsets[2 * target.start] ?? 0;
      const end = tokenOffsets[2 * target.end - 1] ?? 0;
      return {
        context: text.slice(0, start),
        continuation: text.slice(start, end),
        contextIds: [...tokenIds.subarray(0, target.start)],
        continuationIds: [...tokenIds.subarray(target.start, target.end)],
      };
    }),
  );
  mkdirSync(benchCache, { recursive: true });
  const file = join(benchCache, `rows${nRows}.json`);
  writeFileSync(file, JSON.stringify(rendered));
  return file;
}
