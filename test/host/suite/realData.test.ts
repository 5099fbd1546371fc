import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { alpacaJsonl, squadJsonl } from "../../fixture/realDatasets.ts";
import { auditByCommandLine, flaggedLines, openText, scoreFile } from "./product.ts";

const nRows = 500;
// Beside the checkout, in whose dist/test/host the bundled suite lies.
const folder = process.env.CONTEXT_RELIANCE_SHARED_DATA ?? join(__dirname, "..", "..", "..", "..", "shared", "data");

describe("real datasets", () => {
  for (const [name, read] of [
    ["SQuAD questions", squadJsonl],
    ["Alpaca rows with input", alpacaJsonl],
  ] as const) {
    it(`runs to the end on ${nRows} ${name} and flags the rows that the command line flags`, async function () {
      const text = read(folder, nRows);
      if (text === null) {
        console.log(`skipped: there is no ${folder}`);
        this.skip();
      }
      this.timeout(300_000);
      const document = await openText(`real-${read.name}.jsonl`, text);
      const dataset = await scoreFile(document);
      const audited = await auditByCommandLine(document);
      equal(audited.length, nRows);
      const flagged = audited.filter((row) => row.flagged).map(({ row }) => row - 1);
      ok(flagged.length >= nRows / 5);
      deepStrictEqual(flaggedLines(document), flagged);
      const verdicts = new Map(dataset.rows.map(({ line, verdict }) => [line + 1, verdict?.verdict ?? null]));
      for (const { row, verdict } of audited) equal(verdicts.get(row) ?? null, verdict, `line ${row}`);
      const nUnscored = audited.filter(({ verdict }) => verdict === null).length;
      console.log(`${name}: ${flagged.length} of ${nRows} rows flagged, ${nUnscored} not scored`);
    });
  }
});
