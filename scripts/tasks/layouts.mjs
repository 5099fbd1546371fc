// `npm run layouts`: measures every exported decoder in test/golden/decoders and writes docs/layouts.md.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goldenCells } from "../../test/fixture/decoderCell.ts";
import { measureCell } from "../../test/fixture/decoderMatrix.ts";
import { layoutsPage } from "../../test/fixture/layoutsPage.ts";
import { projectRoot } from "../projectRoot.mjs";

const folder = mkdtempSync(join(tmpdir(), "layouts-"));
const results = [];
try {
  for (const { architecture, layout } of goldenCells()) {
    const result = await measureCell(folder, architecture, layout);
    for (const problem of result.problems) console.error(`${architecture} ${layout}: ${problem}`);
    results.push(result);
  }
} finally {
  rmSync(folder, { recursive: true });
}
writeFileSync(join(projectRoot, "docs", "layouts.md"), layoutsPage(results));
const nFailed = results.filter(({ state }) => state === "failed").length;
console.log(`docs/layouts.md: ${results.length} graphs, ${nFailed} failed`);
process.exit(nFailed === 0 ? 0 : 1);
