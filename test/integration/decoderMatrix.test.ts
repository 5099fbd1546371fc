import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { goldenCells } from "../fixture/decoderCell.ts";
import { type CellResult, exactBound, measureCell, patternBound, steeringBound } from "../fixture/decoderMatrix.ts";
import { cellName, pageStates } from "../fixture/layoutsPage.ts";

const folder = mkdtempSync(join(tmpdir(), "decoder-matrix-"));
afterAll(() => rmSync(folder, { recursive: true }));

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "layouts.md"), "utf8");
const committed = pageStates(page);
const measured = new Map<string, CellResult>();
const architectures = Map.groupBy(goldenCells(), ({ architecture }) => architecture);

describe.each([...architectures])("%s", (architecture, cells) => {
  it.each(cells)("$layout gives what PyTorch or the file itself gives", async ({ layout }) => {
    const result = await measureCell(folder, architecture, layout);
    measured.set(cellName(architecture, layout), result);
    expect(result.problems).toEqual([]);
    expect(result.state).toBe(committed.get(cellName(architecture, layout)));
    if (result.state === "exact") {
      expect(result.torchError).toBeLessThan(exactBound);
      expect(result.patternError).toBeLessThan(patternBound);
      expect(result.steeringError).toBeLessThan(steeringBound);
    }
    expect(result.sentence === null).toBe(result.state !== "unsupported");
  });
});

describe("the matrix", () => {
  it("stands in docs/layouts.md cell by cell", () => {
    const names = goldenCells().map(({ architecture, layout }) => cellName(architecture, layout));
    expect([...committed.keys()].sort()).toEqual(names.sort());
  });

  it("holds at least ten architectures whose float32 exports are exact in at least two layouts each", () => {
    const exact = [...measured.values()].filter(({ state }) => state === "exact");
    const counts = [...Map.groupBy(exact, ({ architecture }) => architecture).values()].map((cells) => cells.length);
    expect(counts.filter((count) => count >= 2).length).toBeGreaterThanOrEqual(10);
  });

  it("says of a hybrid which layers have attention", () => {
    const hybrids = [...measured.values()].filter(({ architecture }) => architecture === "lfm2");
    expect(hybrids.length).toBeGreaterThan(0);
    for (const { attention } of hybrids) {
      expect(attention).toHaveLength(2);
      expect(attention[0]).toBe("none");
      expect(attention[1]).not.toBe("none");
    }
  });

  it("finds that dynamic int8 is not causal, and says by how much", () => {
    const dynamic = [...measured.values()].filter(({ weightFormat }) => weightFormat === "int8-dynamic");
    expect(dynamic.length).toBeGreaterThanOrEqual(10);
    for (const { leak } of dynamic) expect(leak).toBeGreaterThan(1e-3);
    for (const { leak, weightFormat } of measured.values())
      if (weightFormat !== "int8-dynamic") expect(leak).toBeNull();
  });
});
