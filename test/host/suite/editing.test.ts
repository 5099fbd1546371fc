import { deepStrictEqual, equal, match, notDeepStrictEqual, ok } from "node:assert/strict";
import { commands, Position, Range, type TextDocument, WorkspaceEdit, window, workspace } from "vscode";
import { datasetOf, flaggedLines, freshRows, hoverText, openText, productApi, scoreFile, until } from "./product.ts";

async function edit(change: (edit: WorkspaceEdit) => void): Promise<void> {
  const workspaceEdit = new WorkspaceEdit();
  change(workspaceEdit);
  ok(await workspace.applyEdit(workspaceEdit));
}

/** Waits for the flags to be these: diagnostics of a burst of edits are drawn a moment later. */
async function flagsBecome(document: TextDocument, lines: number[]): Promise<void> {
  await until(`flags at lines ${lines}`, () => flaggedLines(document).join() === lines.join(), 5000).catch(
    () => undefined,
  );
  deepStrictEqual(flaggedLines(document), lines);
}

/** 40 scored rows, 10 of them flagged. */
async function scoredDocument(name: string): Promise<{ document: TextDocument; flags: number[] }> {
  const document = await openText(`${name}.jsonl`, freshRows(40, name));
  await scoreFile(document);
  const flags = flaggedLines(document);
  equal(flags.length, 10);
  return { document, flags };
}

describe("editing a scored file", () => {
  it("takes the flag of a changed row at once", async () => {
    const { document, flags } = await scoredDocument("change");
    const line = flags[0] ?? 0;
    await edit((change) => change.insert(document.uri, new Position(line, 20), "x"));
    equal(flaggedLines(document).includes(line), false, "the flag is still there after the edit");
    equal((await datasetOf(document)).counts.nUnscored, 1);
    match(await hoverText(document, line, 30), /Score this row/);
  });

  it("recomputes the cut over the rows that are scored", async () => {
    const { document, flags } = await scoredDocument("cut");
    const before = (await datasetOf(document)).judgement;
    await edit((change) => {
      for (const line of flags.slice(0, 4)) change.insert(document.uri, new Position(line, 20), "x");
    });
    const api = await productApi();
    const { judgement } = await until("36 rows judged", () => {
      const dataset = api.dataset(document.uri);
      return dataset?.judgement?.nRowsWithContext === 36 ? dataset : null;
    });
    notDeepStrictEqual(judgement?.thresholds.cut, before?.thresholds.cut);
    equal(flaggedLines(document).length, 9);
  });

  it("moves flags with their rows, and gives a row its score back when its change is undone", async () => {
    const { document, flags } = await scoredDocument("move");
    await edit((change) => change.insert(document.uri, new Position(0, 0), "\n\n"));
    await flagsBecome(
      document,
      flags.map((line) => line + 2),
    );
    await commands.executeCommand("undo");
    await flagsBecome(document, flags);
    const line = flags[3] ?? 0;
    await edit((change) => change.replace(document.uri, new Range(line, 2, line, 8), "changed"));
    await until("the flag to go", () => !flaggedLines(document).includes(line));
    await commands.executeCommand("undo");
    await flagsBecome(document, flags);
    equal((await datasetOf(document)).counts.nUnscored, 0);
  });

  it("keeps the scores of rows that are sorted, and counts a copy as a row", async () => {
    const { document } = await scoredDocument("sort");
    const lines = document.getText().trim().split("\n");
    const all = new Range(0, 0, document.lineCount, 0);
    await edit((change) => change.replace(document.uri, all, `${[...lines].reverse().join("\n")}\n${lines[0]}\n`));
    const api = await productApi();
    await until("41 rows judged", () => api.dataset(document.uri)?.judgement?.nRowsWithContext === 41);
    equal((await datasetOf(document)).counts.nUnscored, 0);
  });

  it("scores only the changed row when the file is scored again", async () => {
    const { document } = await scoredDocument("again");
    await edit((change) => change.insert(document.uri, new Position(5, 20), "new "));
    const before = (await datasetOf(document)).rows.find(({ line }) => line === 6)?.measures;
    await scoreFile(document);
    const after = await datasetOf(document);
    equal(after.counts.nScored, 40);
    // The very same object: it was not asked for again.
    equal(after.rows.find(({ line }) => line === 6)?.measures, before);
  });

  it("follows the elements of a JSON array", async () => {
    const rows = freshRows(16, "element").trim().split("\n");
    const document = await openText("edited.json", `[\n${rows.join(",\n")}\n]\n`);
    await scoreFile(document);
    const flags = flaggedLines(document);
    equal(flags.length, 4);
    const [first = 0] = flags;
    await edit((change) => change.insert(document.uri, new Position(first, 20), "x"));
    equal(flaggedLines(document).includes(first), false);
    await commands.executeCommand("undo");
    await flagsBecome(document, flags);
    await edit((change) => change.insert(document.uri, new Position(1, 0), "\n\n\n"));
    await flagsBecome(
      document,
      flags.map((line) => line + 3),
    );
    await window.showTextDocument(document);
    await commands.executeCommand("workbench.action.files.revert");
  });
});
