import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { commands, Position, type TextDocument, WorkspaceEdit, workspace } from "vscode";
import {
  auditByCommandLine,
  datasetOf,
  diagnosticsOf,
  fileUri,
  flaggedLines,
  freshRows,
  isClose,
  openText,
  productApi,
  scoreFile,
  until,
} from "./product.ts";

/** Starts Score File and waits for its first numbers. */
async function startedRun(document: TextDocument): Promise<{ run: Thenable<unknown> }> {
  const api = await productApi();
  const run = commands.executeCommand("contextReliance.scoreFile", document.uri);
  await until("the first scored row", () => (api.dataset(document.uri)?.counts.nScored ?? 0) > 0);
  return { run };
}

const perplexities = async (document: TextDocument) =>
  (await datasetOf(document)).rows.map(({ measures }) => measures?.closedPerplexity);

describe("a run", () => {
  it("shows numbers while it lasts and flags only at its end", async () => {
    const document = await openText("partial.jsonl", freshRows(200, "partial"));
    const { run } = await startedRun(document);
    const { rows, judgement, isScoring } = await datasetOf(document);
    equal(isScoring, true);
    equal(judgement, null);
    ok(rows.every(({ verdict }) => verdict === null));
    deepStrictEqual(diagnosticsOf(document), []);
    await run;
    equal(flaggedLines(document).length, 50);
  });

  it("that is cancelled keeps what it has, ends within a second, and can be finished", async () => {
    const document = await openText("cancel.jsonl", freshRows(300, "cancel"));
    const { run } = await startedRun(document);
    const startedMs = performance.now();
    await commands.executeCommand("contextReliance.cancelScoring");
    await run;
    console.log(`cancelled in ${(performance.now() - startedMs).toFixed(0)} ms`);
    const kept = await datasetOf(document);
    ok(kept.counts.nScored > 0 && kept.counts.nScored < 300, `${kept.counts.nScored} rows`);
    equal(kept.judgement, null);
    equal(kept.isScoring, false);
    deepStrictEqual(diagnosticsOf(document), []);
    const known = kept.rows
      .filter(({ measures }) => measures)
      .map(({ line, measures }) => [line, measures?.closedPerplexity]);
    const finished = await scoreFile(document);
    equal(finished.counts.nScored, 300);
    equal(flaggedLines(document).length, 75);
    const lines = new Set(known.map(([line]) => line));
    deepStrictEqual(
      finished.rows
        .filter(({ line }) => lines.has(line))
        .map(({ line, measures }) => [line, measures?.closedPerplexity]),
      known,
    );
  });

  it("whose process is killed goes on by itself and gives equal scores", async () => {
    const document = await openText("kill.jsonl", freshRows(200, "kill"));
    const { run } = await startedRun(document);
    const api = await productApi();
    const { inferenceProcessId: killed } = api;
    ok(killed);
    process.kill(killed, "SIGKILL");
    await run;
    ok(api.inferenceProcessId !== killed);
    equal((await datasetOf(document)).counts.nScored, 200);
    const unharmed = await auditByCommandLine(document);
    for (const [rowIdx, perplexity] of (await perplexities(document)).entries()) {
      ok(isClose(perplexity, unharmed[rowIdx]?.closedPerplexity), `row ${rowIdx}: ${perplexity}`);
    }
    equal(flaggedLines(document).length, 50);
  });

  it("takes edits: no number goes to a text it was not computed for", async () => {
    const document = await openText("live.jsonl", freshRows(600, "live"));
    const { run } = await startedRun(document);
    const edit = new WorkspaceEdit();
    edit.insert(document.uri, new Position(0, 0), freshRows(3, "inserted"));
    edit.insert(document.uri, new Position(150, 20), "really ");
    ok(await workspace.applyEdit(edit));
    equal((await datasetOf(document)).isScoring, true, "the run was over before the edit");
    await run;
    const { counts } = await datasetOf(document);
    equal(counts.nScored, 603);
    const copy = await openText("live-copy.jsonl", document.getText());
    await scoreFile(copy);
    deepStrictEqual(await perplexities(copy), await perplexities(document));
  });

  it("with a model that is not there gives one sentence and leaves the file as it was", async () => {
    const settings = workspace.getConfiguration("contextReliance");
    const folder = fileUri("no-such-model").fsPath;
    const document = await openText("no-model.jsonl", freshRows(4, "nomodel"));
    await settings.update("model.path", folder, true);
    try {
      await commands.executeCommand("contextReliance.scoreFile", document.uri);
      equal((await productApi()).dataset(document.uri)?.counts.nScored ?? 0, 0);
      deepStrictEqual(diagnosticsOf(document), []);
    } finally {
      await settings.update("model.path", undefined, true);
    }
    equal((await scoreFile(document)).counts.nScored, 4);
  });
});
