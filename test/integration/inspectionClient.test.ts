import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Row } from "../../src/core/row.ts";
import { InferenceClient } from "../../src/inference/client.ts";
import { type InspectionRequests, inspectionMethods } from "../../src/protocol/inspection.ts";

const projectRoot = join(import.meta.dirname, "..", "..");
const modelFolder = join(projectRoot, "media", "model");
const signal = new AbortController().signal;

function rowOf(context: string): Row {
  const passage = [
    { kind: "context" as const, text: context },
    { kind: "separator" as const, text: "\n" },
  ];
  const question = { kind: "text" as const, text: "What is the capital of Zubrowka?" };
  return {
    prompt: [{ role: "user", parts: [...(context ? passage : []), question] }],
    target: { kind: "text", text: "The capital is Lutz." },
  };
}

const row = rowOf("Visitors like it. The capital of Zubrowka is Lutz.");
const template = "own";
const common = { modelFolder, row };
const steering = {
  alpha: 0.9,
  span: "context",
  keys: "all",
  heads: null,
  template,
  maxNewTokens: 8,
  answers: ["Lutz"],
} as const;
const requests: InspectionRequests = {
  "row/figures": { ...common, template },
  "row/ledger": common,
  "row/pattern": { ...common, template, book: "open", layerIdx: 2, heads: "max" },
  "row/token-attention": { ...common, template, book: "closed", tokenIdx: 5 },
  "rows/dependency": { modelFolder, rows: [row, rowOf("")], layers: null },
  "row/steer": { ...common, ...steering },
  "steering/control": { modelFolder, alpha: 0.9, span: "context", keys: "all", heads: null, template },
  "row/generate": { ...common, template, book: "open", maxNewTokens: 12 },
  "row/decoding": { ...common, template, targetIdx: 0 },
  "row/decoded-answers": { ...common, template, maxNewTokens: 8 },
  "row/ablation": common,
};

let client: InferenceClient;
beforeAll(() => {
  const program = join(projectRoot, "dist", "inference.js");
  client = new InferenceClient({ program, storeFile: null, onWarning: () => undefined, onLog: () => undefined });
});
afterAll(() => client.dispose());

const ask = <Method extends keyof InspectionRequests>(method: Method) => client.ask(method, requests[method], signal);

describe("looks through the inference process", () => {
  test("every request has an answer", async () => {
    for (const method of inspectionMethods) expect(await ask(method)).toBeTypeOf("object");
  });

  test("typed arrays arrive as they were sent", async () => {
    const { open, closed } = await ask("row/figures");
    expect(open.figures.topIds).toBeInstanceOf(Int32Array);
    expect(open.figures.topIds).toHaveLength(5 * open.logProbs.length);
    expect(closed?.figures.entropies).toBeInstanceOf(Float32Array);
    const { withTemplate, representativeHead } = await ask("row/ledger");
    const { masses, nLayers, nHeads, roles } = withTemplate ?? expect.unreachable();
    expect(masses).toHaveLength(nLayers * nHeads * roles.length);
    expect(representativeHead.layerIdx).toBeLessThan(nLayers);
    const { values, nTokens } = await ask("row/pattern");
    expect(values).toHaveLength(nTokens * nTokens);
  });

  test("asking again gives the same numbers", async () => {
    expect(await ask("row/figures")).toEqual(await ask("row/figures"));
    expect(await ask("row/ledger")).toEqual(await ask("row/ledger"));
    const answers = [await ask("row/generate"), await ask("row/generate")];
    expect(answers[0]?.tokenIds).toEqual(answers[1]?.tokenIds);
  });

  test("errors keep their code and facts", async () => {
    await expect(client.ask("row/pattern", { ...requests["row/pattern"], layerIdx: 99 }, signal)).rejects.toMatchObject(
      {
        code: "model/unsupported-graph",
        data: { reason: "layer", layerIdx: 99 },
      },
    );
    await expect(client.ask("row/ablation", { modelFolder, row: rowOf("") }, signal)).rejects.toMatchObject({
      code: "row/no-context",
    });
    await expect(client.ask("row/steer", { ...requests["row/steer"], alpha: 2 }, signal)).rejects.toMatchObject({
      code: "measure/alpha-out-of-range",
      data: { alpha: 2 },
    });
  });

  test("a cancelled look ends between two runs, and the next one is answered", async () => {
    const controller = new AbortController();
    const many = { modelFolder, rows: Array<Row>(5000).fill(row), layers: null };
    const look = client.ask("rows/dependency", many, controller.signal);
    setTimeout(() => controller.abort(), 60);
    await expect(look).rejects.toMatchObject({ code: "cancelled" });
    expect((await ask("row/generate")).text.length).toBeGreaterThan(0);
  });

  test("a look and a run of scoring go together on one model", async () => {
    const nScored: number[] = [];
    const request = { modelFolder, rows: [row, row], answerOnly: false, storedOnly: false };
    const scoring = client.scoreRows(request, signal, (scored) => nScored.push(scored.length));
    const [figures] = await Promise.all([ask("row/figures"), scoring]);
    expect(nScored.reduce((a, b) => a + b, 0)).toBe(2);
    expect(figures.open.logProbs.length).toBeGreaterThan(0);
  });
});
