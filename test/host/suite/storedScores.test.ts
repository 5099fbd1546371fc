import { deepStrictEqual, equal } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { commands, type TextDocument, window, workspace } from "vscode";
import { fileUri, flaggedLines, freshRows, openText, productApi, scoreFile, until } from "./product.ts";

/** Opens a file as a user does: a document that an extension opened is kept for minutes after its editor is closed. */
async function openByHand(path: string): Promise<TextDocument> {
  const uri = fileUri(path);
  await commands.executeCommand("vscode.open", uri);
  const isThere = () => (window.activeTextEditor?.document.uri.path === uri.path ? window.activeTextEditor : null);
  return (await until(`an editor on ${path}`, isThere)).document;
}

describe("a file that was scored", () => {
  it("shows its flags again when it is closed and opened, without a command", async () => {
    await workspace.fs.writeFile(fileUri("reopened.jsonl"), new TextEncoder().encode(freshRows(12, "reopened")));
    const document = await openByHand("reopened.jsonl");
    await scoreFile(document);
    const flags = flaggedLines(document);
    equal(flags.length, 3);
    await commands.executeCommand("workbench.action.closeActiveEditor");
    await until("the document to close", () => document.isClosed);
    equal(flaggedLines(document).length, 0);
    const api = await productApi();
    const again = await openByHand("reopened.jsonl");
    await until("stored scores", () => api.dataset(again.uri)?.judgement);
    deepStrictEqual(flaggedLines(again), flags);
  });

  it("is left for the session after the restart", async () => {
    const dataset = await scoreFile(await openText("restarted.jsonl", freshRows(12, "restarted")));
    equal(dataset.judgement?.nFlagged, 3);
    await sleep(500); // the workspace's state is written a moment later
  });

  it("does not bother a file that was never scored", async () => {
    const document = await openText("plain.jsonl", "this is no JSON\n");
    await sleep(500);
    equal((await productApi()).dataset(document.uri), null);
  });
});
