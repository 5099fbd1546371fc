import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { alpacaLine, folderOf, runProgram } from "./testEnvironment.ts";

const file = join(folderOf({ "row.jsonl": alpacaLine("ask", "One. Two is more.", "ab") }), "row.jsonl");
const inspect = (...args: string[]) => runProgram(["inspect", "--input", file, ...args]);
const inspectJson = async (...args: string[]) => JSON.parse((await inspect(...args, "--format", "json")).out);

describe("looks into a row as JSON", () => {
  it("has a field for each look that was asked for, and no other", async () => {
    const asked = ["--figures", "--ledger", "--attention", "1", "--dependency", "--steer", "0.9"];
    const value = await inspectJson(...asked, "--generate", "--decoding", "--ablation");
    const common = ["model", "template", "row", "turn", "shape"];
    const looks = ["figures", "ledger", "attention", "dependency", "steer", "generate", "decoding", "ablation"];
    expect(Object.keys(value)).toEqual([...common, ...looks]);
    expect(Object.keys(await inspectJson("--ledger"))).toEqual([...common, "ledger"]);
  });

  it("gives the figures of every scored token in both books", async () => {
    const { figures } = await inspectJson("--figures");
    expect(figures.open).toHaveLength(3);
    expect(figures.open[0]).toMatchObject({ text: "a", rank: 2, entropy: 0.5 });
    expect(figures.open[0].top.map(({ text }: { text: string }) => text)).toEqual(["a", "b", "c", "d", "e"]);
    expect(figures.open[0].logProb).toBeLessThan(figures.closed[0].logProb);
  });

  it("gives masses by layer, head and role that sum to 1", async () => {
    const { ledger } = await inspectJson("--ledger");
    const { masses, roles, tokenMasses, sinkMasses } = ledger.withTemplate;
    expect([masses.length, masses[0].length, masses[0][0].length]).toEqual([3, 2, roles.length]);
    expect(masses[2][1].reduce((a: number, b: number) => a + b, 0)).toBeCloseTo(1, 6);
    expect([tokenMasses.length, sinkMasses.length, sinkMasses[0].length]).toEqual([2, 3, 2]);
  });

  it("gives the pattern of a layer by head, query and key", async () => {
    const { attention } = await inspectJson("--attention", "2");
    expect(attention.layerIdx).toBe(2);
    const [, second] = attention.pattern;
    expect(second).toHaveLength(second[0].length);
    expect(second[5][5]).toBeCloseTo(1 / 4, 6);
  });

  it("scores the dependency at the default layer or at another", async () => {
    const layer = async (...args: string[]) => (await inspectJson(...args)).dependency.layers[0].layerIdx;
    expect([await layer("--dependency"), await layer("--dependency", "0")]).toEqual([2, 0]);
  });

  it("steers as it is told", async () => {
    const { steer } = await inspectJson("--steer", "0.5", "--span", "user", "--keys", "prompt", "--generate", "2");
    expect(steer).toMatchObject({ alpha: 0.5, span: "user", keys: "prompt", after: { answer: { stop: "length" } } });
    expect(steer.after.logProbs[0]).toBeGreaterThan(steer.before.logProbs[0]);
    const chosen = await inspectJson("--steer", "0.9", "--heads", "0.1, 2.0");
    expect(chosen.steer.before.logProbs).toHaveLength(3);
  });

  it("steers the control set too when asked for the harm", async () => {
    const { steer } = await inspectJson("--steer", "0.5", "--harm");
    expect(steer.control.rows).toHaveLength(12);
    expect(steer.control).toMatchObject({ version: 1, nLeftOut: 0 });
    const [first] = steer.control.rows;
    expect(first).toMatchObject({ kind: "reading", answer: "Lima", before: { isRight: false } });
    expect(first.after.meanLogProb).toBeGreaterThan(first.before.meanLogProb);
    expect((await inspectJson("--steer", "0.5")).steer).not.toHaveProperty("control");
  });

  it("answers with and without the context", async () => {
    const { generate } = await inspectJson("--generate");
    expect(generate.open.text).toContain("One. Two is more.");
    expect(generate.closed.text).not.toContain("One.");
    expect((await inspectJson("--generate", "3")).generate.open).toMatchObject({
      stop: "length",
      tokenIds: [97, 115, 107],
    });
  });

  it("decodes the first token and the whole answer, as long as is asked", async () => {
    const { decoding } = await inspectJson("--decoding", "--generate", "3");
    expect(decoding.choices.map(({ alpha }: { alpha: number }) => alpha)).toEqual([0, 0.5, 1]);
    const [plain] = decoding.answers;
    expect(plain).toMatchObject({ alpha: 0, partsAt: null, stop: "length" });
    expect([plain.tokenIds.length, plain.logProbs.length, plain.words.length]).toEqual([3, 3, 3]);
    const flipped = decoding.answers.find(({ partsAt }: { partsAt: number | null }) => partsAt !== null);
    expect(decoding.answerFlip === null).toBe(flipped === undefined);
  });

  it("decodes at the place of the answer that is named, and says where there is none", async () => {
    const { decoding } = await inspectJson("--decoding", "2");
    expect(decoding.targetIdx).toBe(1);
    const { err, status } = await inspect("--decoding", "99");
    expect(status).toBe(2);
    expect(err).toMatch(/^error measure\/no-such-answer-token: The answer has \d tokens; there is no token 99\./);
  });

  it("sets the row's answer against another before and after steering", async () => {
    const { steer } = await inspectJson("--steer", "0.5", "--span", "user", "--other", "zz");
    for (const side of [steer.before, steer.after]) {
      expect(side.contextPreference).toBeGreaterThan(0);
      expect(side.contextPreference).toBeLessThan(1);
    }
    expect((await inspectJson("--steer", "0.5")).steer.before).not.toHaveProperty("contextPreference");
    const { out } = await inspect("--steer", "0.5", "--span", "user", "--other", "zz", "--format", "table");
    expect(out).toMatch(new RegExp(`nats per token {2}M_C ${steer.after.contextPreference.toFixed(3)}`));
  });

  it("renders without template when told so, in a look and alone", async () => {
    expect(await inspectJson("--figures", "--no-template")).toMatchObject({ template: "plain" });
    expect((await inspectJson("--no-template")).open.text).not.toContain(">");
    expect((await inspectJson()).open.text).toContain(">");
  });
});

describe("looks into a row as tables", () => {
  it("shows one below another", async () => {
    const { out, status } = await inspect(
      ...["--figures", "--ledger", "--attention", "1", "--dependency", "--steer", "0.8", "--harm"],
      ...["--generate", "--decoding", "--ablation", "--format", "table"],
    );
    expect(status).toBe(0);
    for (const said of [
      /^with the context +logprob +rank +entropy {2}best\na +−\d+\.00 +2 +0\.50 {2}a · b · c · d · e$/m,
      /representative head is head 0 of layer 0\.$/m,
      /^template, representative head +\d+\.\d % +\d+\.\d %/m,
      /attention share is not causal importance/,
      /^Layer 1, 2 heads: /m,
      /^Context-dependency score 0\.\d+ at layer 2, /m,
      /^Steered towards 17 tokens with alpha 0\.8\.\nBelow 0\.9 the published scores collapse\.$/m,
      /^Control set 1, 12 questions: 0 answered right before, 0 after\.$/m,
      /^What is the capital of Tramos\? +Lima +✗ → ✗ +\+\d+\.\d\d$/m,
      /^without +ask/m,
      /^alpha 0\.5 {2}/m,
      /^alpha 0\.500 {2}.+\n/m,
      /^(It changes past alpha \d|No alpha changes it)/m,
      /^One\. +−5\.00 +\d+\.\d %$/m,
      /^Kendall's tau between fall and attention: /m,
    ]) {
      expect(out).toMatch(said);
    }
  });
});

describe("looks that cannot be taken", () => {
  it.each([
    [["--steer", "0"], "cli/usage"],
    [["--steer", "1.2"], "cli/usage"],
    [["--steer", "0.9", "--span", "system"], "cli/usage"],
    [["--steer", "0.9", "--heads", "3"], "cli/usage"],
    [["--attention", "-1"], "cli/usage"],
    [["--generate", "0"], "cli/usage"],
  ])("ends %j with status 2 and the code %s", async (args, code) => {
    const { status, out, err } = await inspect(...args);
    expect([status, out]).toEqual([2, ""]);
    expect(err).toMatch(new RegExp(`^error ${code}: .+\n$`));
  });

  it("says that a row has no context to steer towards or to take away", async () => {
    const bare = join(folderOf({ "row.jsonl": alpacaLine("ask", "", "ab") }), "row.jsonl");
    for (const [look, code] of [
      [["--steer", "0.9"], "measure/nothing-to-emphasise"],
      [["--decoding"], "row/no-context"],
      [["--ablation"], "row/no-context"],
    ] as const) {
      const { status, err } = await runProgram(["inspect", "--input", bare, ...look]);
      expect([status, err.split(":")[0]]).toEqual([2, `error ${code}`]);
    }
  });

  it("stops with status 130 when interrupted", async () => {
    const { status, out, err } = await runProgram(["inspect", "--input", file, "--ablation"], {
      signal: AbortSignal.abort(),
    });
    expect([status, out, err]).toEqual([130, "", ""]);
  });
});
