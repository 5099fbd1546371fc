import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { loadavg } from "node:os";
import { commands, DiagnosticSeverity, Selection, type TextDocument, type Uri, window, workspace } from "vscode";
import type { ApiDataset } from "../../../src/extension/api.ts";
import {
  auditByCommandLine,
  datasetOf,
  diagnosticsOf,
  flaggedLines,
  freshRows,
  hoverText,
  isClose,
  openFile,
  openText,
  scoreFile,
} from "./product.ts";

/** Measure 2 in a few lines of its own: at or below the ceil(q n)-th smallest closed-book perplexity, ties included. */
function linesOfMeasure2({ rows }: ApiDataset, quantile: number): number[] {
  const withContext = rows.filter(({ measures }) => typeof measures?.closedPerplexity === "number");
  const perplexities = withContext.map(({ measures }) => measures?.closedPerplexity ?? 0).sort((a, b) => a - b);
  const cut = perplexities[Math.ceil(quantile * perplexities.length) - 1] ?? -1;
  return withContext
    .filter(({ measures }) => (measures?.closedPerplexity ?? 0) <= cut)
    .map(({ line }) => line)
    .sort((a, b) => a - b);
}

/** Watches how long the extension host's event loop stands still, and how much of that its thread worked itself. */
function watchEventLoop(): { stop(): { longestMs: number; longestCpuMs: number } } {
  const cpuMs = () => process.threadCpuUsage().user / 1000 + process.threadCpuUsage().system / 1000;
  let [longestMs, longestCpuMs] = [0, 0];
  let before = { wallMs: performance.now(), cpuMs: cpuMs() };
  const timer = setInterval(() => {
    const now = { wallMs: performance.now(), cpuMs: cpuMs() };
    longestMs = Math.max(longestMs, now.wallMs - before.wallMs);
    longestCpuMs = Math.max(longestCpuMs, now.cpuMs - before.cpuMs);
    before = now;
  }, 1);
  return {
    stop() {
      clearInterval(timer);
      return { longestMs, longestCpuMs };
    },
  };
}

describe("Score File", () => {
  for (const name of ["conflicts", "passages", "instructions"]) {
    it(`flags exactly the rows of ${name}.jsonl that measure 2 names`, async () => {
      const document = await openFile(`samples/${name}.jsonl`);
      const dataset = await scoreFile(document);
      equal(dataset.counts.nUnscored, 0);
      const expected = linesOfMeasure2(dataset, 0.25);
      ok(expected.length > 2);
      deepStrictEqual(flaggedLines(document), expected);
      equal(dataset.judgement?.nFlagged, expected.length);
    });

    it(`agrees with the command line on every row of ${name}.jsonl`, async () => {
      const document = await openFile(`samples/${name}.jsonl`);
      const { rows } = await scoreFile(document);
      const audited = await auditByCommandLine(document);
      deepStrictEqual(
        flaggedLines(document),
        audited.filter(({ flagged }) => flagged).map(({ row }) => row - 1),
      );
      for (const { line, measures, verdict } of rows) {
        const same = audited.find(({ row }) => row === line + 1);
        equal(verdict?.verdict ?? null, same?.verdict ?? null);
        ok(isClose(measures?.closedPerplexity, same?.closedPerplexity), `line ${line}`);
        ok(isClose(measures?.meanGain, same?.gain), `line ${line}`);
      }
    });
  }

  it("marks the head of a flagged row with verdict, numbers, model and a page that explains them", async () => {
    const document = await openFile("samples/conflicts.jsonl");
    const dataset = await scoreFile(document);
    const [first] = diagnosticsOf(document);
    ok(first);
    equal(first.severity, DiagnosticSeverity.Information);
    match(document.getText(first.range), /^"\w+"$/);
    const row = dataset.rows.find(({ line }) => line === first.range.start.line);
    match(first.message, new RegExp(`^${row?.verdict?.verdict} \\(p\\d+\\): `));
    match(first.message, /Closed-book perplexity [\d.,]+, context gain [+−]?\d+\.\d\d nats per token, by /);
    const code = first.code as { value: string; target: Uri };
    equal(code.target.scheme, "command");
    equal(code.target.path, "contextReliance.explainVerdict");
    equal(code.value, row?.verdict?.verdict);
    const ranks = diagnosticsOf(document).map(
      ({ range }) => dataset.rows.find(({ line }) => line === range.start.line)?.verdict?.rank ?? 0,
    );
    deepStrictEqual(
      ranks,
      [...ranks].sort((a, b) => a - b),
    );
  });

  it("shows a bad line at its position and scores the others", async () => {
    const document = await openFile("samples/instructions.jsonl");
    const dataset = await scoreFile(document);
    const errors = diagnosticsOf(document).filter(({ severity }) => severity === DiagnosticSeverity.Error);
    deepStrictEqual(
      errors.map(({ range, code }) => [range.start.line, code]),
      [[12, "dataset/invalid-json"]],
    );
    ok((errors[0]?.range.start.character ?? 0) > 50, "at the missing brace, not at the line's start");
    const warnings = diagnosticsOf(document).filter(({ severity }) => severity === DiagnosticSeverity.Warning);
    ok(warnings.some(({ range }) => range.start.line === 22));
    equal(dataset.counts.nScored, 22);
    equal(dataset.counts.nBadRecords, 2);
    const severities = diagnosticsOf(document).map(({ severity }) => severity);
    deepStrictEqual(severities, [...severities].sort(), "errors come first, then warnings");
  });

  it("gives conversations a row per assistant turn and flags none of them", async () => {
    const document = await openFile("samples/chat.jsonl");
    const dataset = await scoreFile(document);
    equal(dataset.rows.length, 8);
    ok(dataset.rows.every(({ verdict }) => verdict?.verdict === "no-context" && !verdict.flagged));
    deepStrictEqual(diagnosticsOf(document), []);
  });

  it("scores a JSON array as it scores the same rows in lines, and flags the same ones", async () => {
    const lines = await openText("array-lines.jsonl", freshRows(24, "array"));
    const records = lines.getText().trim().split("\n");
    const array = await openText(
      "array.json",
      JSON.stringify(
        records.map((text) => JSON.parse(text)),
        null,
        2,
      ),
    );
    const perplexities = ({ rows }: ApiDataset) => rows.map(({ measures }) => measures?.closedPerplexity);
    const [ofLines, ofArray] = [await scoreFile(lines), await scoreFile(array)];
    deepStrictEqual(perplexities(ofArray), perplexities(ofLines));
    const flags = ({ rows }: ApiDataset) => rows.map(({ verdict }) => verdict?.flagged);
    deepStrictEqual(flags(ofArray), flags(ofLines));
    equal(flaggedLines(array).length, 6);
    match(array.getText(diagnosticsOf(array)[0]?.range), /^"instruction"$/);
  });

  it("says what is known in the hover and offers to score what is not", async () => {
    const document = await openText("hover.jsonl", freshRows(8, "hover"));
    match(await hoverText(document, 0, 30), /^\[Score this row\]\(command:contextReliance\.scoreRow\?/);
    await scoreFile(document);
    const text = await hoverText(document, 0, 30);
    match(text, /^\*\*[a-z-]+\*\* · p\d+/);
    match(text, /Context gain \*\*[+−]\d\.\d\d\*\* nats per token/);
    match(text, /Perplexity [\d.,]+ with the context, [\d.,]+ without/);
    match(text, /By&nbsp;bundled&nbsp;model,&nbsp;scored&nbsp;now/);
    match(text, /command:contextReliance\.explainVerdict/);
    ok(text.split("\n").filter((line) => line.trim() !== "").length <= 6, text);
  });

  it("shows no dataset text as Markdown", async () => {
    const evil = { instruction: "**x** [run](command:workbench.action.closeWindow)", input: "<b>y</b>", output: "z" };
    const document = await openText("evil.jsonl", `${JSON.stringify(evil)}\n`);
    await scoreFile(document);
    const text = await hoverText(document, 0, 20);
    ok(!text.includes("closeWindow") && !text.includes("<b>"), text);
  });

  it("scores one row without the file, and gives no verdict to it", async () => {
    const document = await openText("one-row.jsonl", freshRows(8, "one"));
    const editor = window.activeTextEditor;
    ok(editor);
    editor.selection = new Selection(2, 4, 2, 4);
    await commands.executeCommand("contextReliance.scoreRow");
    const dataset = await datasetOf(document);
    deepStrictEqual(
      dataset.rows.map(({ line, state, verdict }) => [line, state, verdict]),
      [[2, "scored", null]],
    );
    deepStrictEqual(diagnosticsOf(document), []);
    match(await hoverText(document, 2, 30), /No verdict yet/);
  });

  it("shows as many problems as the setting allows, the easiest rows first", async () => {
    const document = await openText("capped.jsonl", freshRows(24, "capped"));
    const dataset = await scoreFile(document);
    const settings = workspace.getConfiguration("contextReliance");
    await settings.update("diagnostics.max", 2, true);
    try {
      const ranks = diagnosticsOf(document).map(
        ({ range }) => dataset.rows.find(({ line }) => line === range.start.line)?.verdict?.rank,
      );
      deepStrictEqual(ranks, [1, 2]);
    } finally {
      await settings.update("diagnostics.max", undefined, true);
    }
    equal(flaggedLines(document).length, 6);
  });

  it("follows the quantile that the settings name", async () => {
    const document = await openText("quantile.jsonl", freshRows(24, "quantile"));
    await scoreFile(document);
    const settings = workspace.getConfiguration("contextReliance");
    await settings.update("score.quantile", 0.5, true);
    try {
      deepStrictEqual(flaggedLines(document), linesOfMeasure2(await datasetOf(document), 0.5));
      equal(flaggedLines(document).length, 12);
    } finally {
      await settings.update("score.quantile", undefined, true);
    }
  });

  it("takes the flags off the screen with Clear Flags", async () => {
    const document = await openText("clear.jsonl", freshRows(8, "clear"));
    await scoreFile(document);
    equal(flaggedLines(document).length, 2);
    await commands.executeCommand("contextReliance.clearFlags");
    deepStrictEqual(diagnosticsOf(document), []);
  });

  it("leaves the extension host free to answer while it scores", async () => {
    const document = await openText("loop.jsonl", freshRows(1000, "loop"));
    const gaps = watchEventLoop();
    const startedMs = performance.now();
    const dataset = await scoreFile(document);
    const seconds = (performance.now() - startedMs) / 1000;
    const { longestMs, longestCpuMs } = gaps.stop();
    equal(dataset.counts.nScored, 1000);
    console.log(
      `event-loop gap while scoring 1000 rows in ${seconds.toFixed(1)} s (${(1000 / seconds).toFixed(0)} rows/s): longest ` +
        `${longestMs.toFixed(1)} ms on the clock, ${longestCpuMs.toFixed(1)} ms of the thread's own work; load ${loadavg()[0]?.toFixed(1)}`,
    );
    // The clock also counts what other processes take; the thread's own work is what the extension answers for.
    ok(longestCpuMs < 200);
  });

  it("keeps no text and no log-probabilities", async () => {
    const dataset = await datasetOf(
      (window.activeTextEditor?.document ?? (await openFile("loop.jsonl"))) as TextDocument,
    );
    const kept = JSON.stringify(dataset.rows[0]);
    ok(!kept.includes("painted") && kept.length < 800, kept);
  });
});
