import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConflictAsking } from "../../src/engine/conflictPrompt.ts";
import { type AskedBook, type AskedItem, conflictRun } from "../../src/engine/conflictRun.ts";
import type { InspectableModel } from "../../src/engine/inspectableModel.ts";
import { openLanguageModel } from "../../src/model/loadedModel.ts";

const projectRoot = join(import.meta.dirname, "..", "..");
const modelFolder = join(projectRoot, "media", "model");
const toleranceNats = 1e-4;

interface GoldenBook {
  readonly contextualLogProb: number;
  readonly parametricLogProb: number;
  readonly greedy: { readonly tokenIds: readonly number[]; readonly text: string; readonly smallestMargin: number };
}

interface GoldenItem {
  readonly asking: "own" | "indicated" | "plain";
  readonly context: string;
  readonly question: string;
  readonly answer: string;
  readonly memory_answer: string;
  readonly open: GoldenBook;
  readonly closed: GoldenBook;
  readonly contextMass: number;
}

const golden: { readonly modelSha256: string; readonly items: readonly GoldenItem[] } = JSON.parse(
  readFileSync(join(projectRoot, "test", "golden", "bundledConflict.json"), "utf8"),
);

const askings: Readonly<Record<GoldenItem["asking"], ConflictAsking>> = {
  own: { template: "own", wording: "bare", indicator: null },
  indicated: { template: "own", wording: "bare", indicator: "[IND]" },
  plain: { template: "plain", wording: "bare", indicator: null },
};

/** Says what differs from PyTorch, nothing where the two agree. */
function differences(book: AskedBook | null, expected: GoldenBook): string[] {
  const found: string[] = [];
  for (const [name, logProb, wanted] of [
    ["contextual", book?.contextual?.sum, expected.contextualLogProb],
    ["parametric", book?.parametric?.sum, expected.parametricLogProb],
  ] as const) {
    if (!(Math.abs((logProb ?? Number.NaN) - wanted) < toleranceNats)) found.push(`${name}: ${logProb}, not ${wanted}`);
  }
  // A choice that is closer than the tolerance may fall either way.
  if (expected.greedy.smallestMargin > toleranceNats && book?.output !== expected.greedy.text) {
    found.push(`${JSON.stringify(book?.output)}, not ${JSON.stringify(expected.greedy.text)}`);
  }
  return found;
}

describe("questions with context and memory, against PyTorch", () => {
  let model: InspectableModel;

  beforeAll(async () => {
    model = await openLanguageModel(modelFolder, { answersMany: true });
  }, 120_000);

  afterAll(() => model.release());

  it("has golden numbers of the weights that ship", () => {
    const bytes = readFileSync(join(modelFolder, "onnx", "model.onnx"));
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(golden.modelSha256);
  });

  describe.each(["own", "indicated", "plain"] as const)("asked as %s", (name) => {
    const expected = golden.items.filter(({ asking }) => asking === name);
    let items: AskedItem[];

    beforeAll(async () => {
      const questions = expected.map(({ question, context, answer, memory_answer }) => ({
        ...{ question, context },
        ...{ contextualAnswers: [answer], parametricAnswers: [memory_answer] },
      }));
      const { signal } = new AbortController();
      const options = { asking: askings[name], maxNewTokens: 50, withAttention: true, signal };
      items = await conflictRun(questions, model, options);
    }, 120_000);

    it("says the same, and finds both answers as probable", () => {
      expect(expected.length).toBeGreaterThan(10);
      for (const [idx, { open, closed, question }] of expected.entries()) {
        expect(differences(items[idx]?.open ?? null, open), `${question} with context`).toEqual([]);
        expect(differences(items[idx]?.closed ?? null, closed), `${question} without`).toEqual([]);
      }
    });

    it("looks at the context as much", () => {
      for (const [idx, { contextMass, question }] of expected.entries()) {
        expect(items[idx]?.contextMass, question).toBeCloseTo(contextMass, 5);
      }
    });
  });
});
