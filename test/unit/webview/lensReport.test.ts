import { describe, expect, it } from "vitest";
import { verdictRules } from "../../../src/core/verdict.ts";
import type { LensRow } from "../../../src/protocol/lens.ts";
import { knownFigures } from "../../../webview/knownFigures.ts";
import { methodsCard } from "../../../webview/lensMethods.ts";
import { lensReport } from "../../../webview/lensReport.ts";
import { firstState } from "../../../webview/lensState.ts";

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

const heads = [
  { layerIdx: 3, headIdx: 0 },
  { layerIdx: 3, headIdx: 5 },
];
const manner = { alpha: 0.9, span: "context", keys: "all", heads };
const side = (text: string, logProb: number, answerLogProbs: number[]) => ({
  logProbs: Float32Array.of(logProb),
  answer: { text },
  answerLogProbs,
});
const control = (meanLogProb: number) => ({ meanLogProb, text: hostile, isRight: true });
const measured = new Map<string, unknown>([
  [
    JSON.stringify({ method: "row/pattern", layerIdx: 1, heads: 2 }),
    { layerIdx: 1, nHeads: 4, nGiven: 1, nTokens: 3, values: Float32Array.of(1, 0, 0, 0.5, 0.5, 0, 0.25, 0.25, 0.5) },
  ],
  [
    JSON.stringify({ method: "row/steer", ...manner, maxNewTokens: 32, answers: ["a", "b"] }),
    { alpha: 0.9, nEmphasised: 4, before: side(hostile, -0.5, [-1, -1]), after: side("Lima", -0.25, [-1, -2]) },
  ],
  [
    JSON.stringify({ method: "steering/control", ...manner }),
    {
      version: 1,
      source: "fixed questions",
      nLeftOut: 0,
      rows: [{ kind: "reading", question: hostile, answer: "x", before: control(-1), after: control(-2) }],
    },
  ],
  [
    JSON.stringify({ method: "row/decoded-answers", maxNewTokens: 32 }),
    {
      answers: [
        { alpha: 0, text: hostile, partsAt: null, logProbs: Float32Array.of(-0.5) },
        { alpha: 0.5, text: "Lima", partsAt: 0, logProbs: Float32Array.of(-0.25) },
      ],
      flip: { alpha: 0.25, tokenIdx: 0 },
    },
  ],
]);

describe("lensReport", () => {
  const page = lensReport(row, new Map(), firstState);

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

describe("what a saved page says beside its figures", () => {
  const verdict: LensRow["verdict"] = {
    verdict: "context-critical",
    percentile: 0.9,
    rank: 9,
    flagged: false,
    stable: true,
    meaning: "the answer needs the context",
    quantile: 0.25,
    rules: verdictRules(row.measures, { cut: 2.5, smallGain: 0.1, t90Share: 0.5 }),
  };

  it("writes a character of several tokens once", () => {
    const arabic = { ...book, texts: ["م", "م", "ا"], fragments: ["1/2", "2/2", ""] };
    const page = lensReport({ ...row, open: arabic }, new Map(), firstState);
    expect(page).toContain('dir="auto">ما</div>');
  });

  it("has the rules that decided, the dependency score, tau, harm and formulas", () => {
    const answers = new Map<string, unknown>([
      ...measured,
      ['{"method":"rows/dependency"}', [{ layers: [{ layerIdx: 4, score: 0.898 }] }]],
      [
        '{"method":"row/ablation"}',
        { sentences: [{ text: "A.", logProbFall: 1, attentionShare: 0.5 }], nSentences: 1, tau: -1 },
      ],
    ]);
    const page = lensReport({ ...row, verdict }, answers, firstState);
    expect(page).toContain("&gt; 0.00");
    expect(page).toContain("context-critical ✓");
    expect(page).toContain("Context-dependency score 0.898 in layer 4.");
    expect(page).toContain("Kendall&#39;s tau −1.00");
    expect(page).toContain("▼ −1.00 nats per token on average over 1 questions; right answers 1 before, 1 after.");
    expect(page).toContain("exp(−mean log p of the answer&#39;s tokens)");
    expect(page).not.toContain("Not measured");
  });

  it("names what was not measured", () => {
    const page = lensReport(row, new Map(), firstState);
    const parts = "Pattern, Steering, Harm to other questions, Whole answers under context-aware decoding, Ablation";
    expect(page).toContain(`Not measured for this row: ${parts}.`);
    expect(lensReport({ ...row, closed: null }, new Map(), firstState)).not.toContain("Ablation");
  });
});

describe("knownFigures", () => {
  it("leaves out what was not asked for", () => {
    expect(knownFigures(row, new Map(), firstState).map(({ name }) => name)).toEqual(["answer"]);
    const decoding = {
      targetIdx: 0,
      choices: [{ alpha: 0, top: [{ tokenId: 3, text: "x", logProb: -1 }] }],
      flip: null,
    };
    const answers = new Map<string, unknown>([['{"method":"row/decoding","targetIdx":0}', decoding]]);
    expect(knownFigures(row, answers, firstState).map(({ name }) => name)).toEqual(["answer", "decoding-1"]);
  });

  it("has the pattern, the steering curve with its comparison, the harm and the whole answers once they are measured", () => {
    expect(knownFigures(row, measured, firstState).map(({ name }) => name)).toEqual([
      "answer",
      "pattern-layer-1-head-2",
      "steering",
      "steering-comparison",
      "steering-harm",
      "decoded-answers",
    ]);
    const comparison = knownFigures(row, measured, firstState).find(({ name }) => name === "steering-comparison");
    expect(comparison?.note).toBe("More attention for the context; all other keys weakened; heads: L3 H0, L3 H5.");
    expect(comparison?.table().rows).toEqual([
      ["greedy answer", hostile, "Lima"],
      ["log p of the answer, nats per token", -0.5, -0.25],
      ["perplexity of the answer", expect.closeTo(1.6487, 3), expect.closeTo(1.284, 3)],
      ["M_C: this answer against the other", expect.closeTo(0.5, 9), expect.closeTo(0.7311, 4)],
    ]);
    const whole = knownFigures(row, measured, firstState).at(-1);
    expect(whole?.note).toBe("Past alpha 0.250 the answer is another, first at its token 1.");
    expect(whole?.table().rows).toEqual([
      [0, hostile, null, -0.5],
      [0.5, "Lima", 1, -0.25],
    ]);
  });

  it("shows the heads that are looked at and those that are picked", () => {
    const roles = ["user", "bos"] as const;
    // Head 2 of layer 0 looks at the user most; head 1 of layer 1 is the one that was chosen.
    const masses = Float32Array.of(0.1, 0.9, 0.2, 0.8, 0.9, 0.1, 0.3, 0.7, 0.25, 0.75, 0.5, 0.5);
    const prompt = {
      nLayers: 2,
      nHeads: 3,
      roles,
      masses,
      tokenMasses: masses.slice(0, 2),
      meanTokenMasses: masses.slice(0, 2),
    };
    const ledger = { representativeHead: { layerIdx: 0, headIdx: 2 }, withTemplate: null, withoutTemplate: prompt };
    const look = { nLayers: 2, nHeads: 3, nKeys: 2, tokenIdx: 1, values: masses };
    const answers = new Map<string, unknown>([
      ['{"method":"row/token-attention","tokenIdx":1}', look],
      ['{"method":"row/ledger"}', ledger],
    ]);
    const looks = { heads: { layerIdx: 1, head: 1 }, picked: [{ layerIdx: 1, headIdx: 0 }], tokenIdx: 0 };
    const [, attention, heat, shares] = knownFigures(row, answers, looks);
    expect(attention?.table().rows.map((cells) => cells.at(-1))).toEqual([expect.closeTo(0.25, 6), 0.75, 0]);
    expect(heat?.table().rows.map((cells) => cells.at(-1))).toEqual([0, 0, 0, 1, 0, 0]);
    expect(shares?.table().rows.map(([name]) => name)).toEqual([
      "representative L0 H2",
      "chosen L1 H1",
      "mean of heads",
    ]);
  });

  it("gives the pattern as a table of every query's keys up to itself", () => {
    const pattern = knownFigures(row, measured, firstState).find(({ name }) => name.startsWith("pattern"));
    expect(pattern?.table()).toEqual({
      columns: ["place", "token", "1", "2", "3"],
      rows: [
        [1, "<s>", 1],
        [2, hostile, 0.5, 0.5],
        [3, "lens-style-place", 0.25, 0.25, 0.5],
      ],
    });
  });

  it("is drawn on the page with the text of files as text, wide tables left out", () => {
    const page = lensReport(row, measured, firstState);
    expect(page).not.toMatch(/<script|<img|<link/);
    expect(page).toContain("M_C: this answer against the other");
    expect(page.match(/<svg/g)).toHaveLength(6);
    const nTokens = 60;
    const wide = { layerIdx: 0, nHeads: 1, nGiven: 1, nTokens, values: new Float32Array(nTokens ** 2).fill(0.01) };
    const long = lensReport(row, new Map([['{"method":"row/pattern","layerIdx":0,"heads":"mean"}', wide]]), firstState);
    expect(long).toContain("The numbers are in the figure&#39;s CSV file.");
    expect(long).toContain("mean of its heads");
  });
});

describe("methodsCard", () => {
  it("keeps the text of files in code, on one line", () => {
    const card = methodsCard(row);
    expect(card).toContain("| model hash | `ab` |");
    expect(card.split("\n").find((line) => line.startsWith("| model |"))).toMatch(/^\| model \| `[^`|]*` \|$/);
  });
});
