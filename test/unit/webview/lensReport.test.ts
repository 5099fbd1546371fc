import { describe, expect, it } from "vitest";
import type { LensRow } from "../../../src/protocol/lens.ts";
import { knownFigures } from "../../../webview/knownFigures.ts";
import { methodsCard } from "../../../webview/lensMethods.ts";
import { lensReport } from "../../../webview/lensReport.ts";

const hostile = '</style><script>alert(1)</script>`|\n"';
const book = {
  texts: ["<s>", hostile, "lens-style-place"],
  spellings: ["<s>", hostile, "x"],
  roles: ["bos", "user", "target"],
  fragments: ["", "", ""],
  tokenIds: Int32Array.of(1, 2, 3),
  target: { start: 2, end: 3 },
  endOfTurnIdx: -1,
  logProbs: Float32Array.of(-0.5),
} as const;
const row: LensRow = {
  rowId: 1,
  place: { kind: "dataset", fileName: `${hostile}lens-style-place.jsonl`, line: 3, turnIdx: 0 },
  model: {
    name: hostile,
    modelHash: "ab",
    templateHash: "cd",
    computation: "letters 1",
    leakNats: null,
    dtype: "float32",
    nLayers: 2,
    vocabSize: 9,
    windowTokens: 9,
  },
  open: book,
  closed: { ...book, logProbs: Float32Array.of(-2.5) },
  measures: {
    nTargetTokens: 1,
    openPerplexity: 1.6,
    closedPerplexity: 12.2,
    meanGain: 2,
    openingGain: 2,
    t90: 1,
    gainAfterT90: 0,
    ifdCherry: null,
    ifdSuperfiltering: null,
    endOfTurn: { open: Number.NaN, closed: Number.NaN },
  },
  verdict: null,
  otherAnswer: null,
  isAnswerGenerated: false,
  formulas: [{ name: "perplexity", version: 1 }],
  programVersion: "0.1.0",
};

describe("lensReport", () => {
  const page = lensReport(row, new Map());

  it("is one page without script, address or markup of a file", () => {
    expect(page).not.toMatch(/<script|<img|<link/);
    expect(page.match(/https?:\/\/[^"\s<]+/g)?.filter((url) => !url.startsWith("http://www.w3.org/")) ?? []).toEqual(
      [],
    );
    expect(page.match(/<\/style>/g)).toHaveLength(1);
    expect(page).toContain("default-src &#39;none&#39;");
  });

  it("holds the numbers, the prompt and what made them", () => {
    expect(page).toContain("Context gain +2.00 nats per token; perplexity 1.60 with the context, 12.2 without.");
    expect(page).toContain("model hash");
    expect(page).toContain("lens-style-place");
  });
});

describe("knownFigures", () => {
  it("leaves out what was not asked for", () => {
    expect(knownFigures(row, new Map()).map(({ name }) => name)).toEqual(["answer"]);
    const decoding = {
      targetIdx: 0,
      choices: [{ alpha: 0, top: [{ tokenId: 3, text: "x", logProb: -1 }] }],
      flip: null,
    };
    const answers = new Map<string, unknown>([['{"method":"row/decoding","targetIdx":0}', decoding]]);
    expect(knownFigures(row, answers).map(({ name }) => name)).toEqual(["answer", "decoding-1"]);
  });
});

describe("methodsCard", () => {
  it("keeps the text of files in code, on one line", () => {
    const card = methodsCard(row);
    expect(card).toContain("| model hash | `ab` |");
    expect(card.split("\n").find((line) => line.startsWith("| model |"))).toMatch(/^\| model \| `[^`|]*` \|$/);
  });
});
