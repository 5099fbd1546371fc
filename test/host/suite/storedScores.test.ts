import { deepStrictEqual, equal } from "node:assert/strict";
import { commands, window } from "vscode";
import { flaggedLines, freshRows, openFile, openText, productApi, scoreFile, until } from "./product.ts";

describe("a file that was scored", () => {
  it("shows its flags again when it is closed and opened, without a command", async () => {
    const document = await openText("reopened.jsonl", freshRows(12, "reopened"));
    await scoreFile(document);
    const flags = flaggedLines(document);
    equal(flags.length, 3);
    await commands.executeCommand("workbench.action.closeAllEditors");
    const api = await productApi();
    await until("the document to close", () => document.isClosed);
    const again = await openFile("reopened.jsonl");
    await until("stored scores", () => api.dataset(again.uri)?.judgement);
    deepStrictEqual(flaggedLines(again), flags);
    // Left open for the session after the restart, with flags to compare.
    await scoreFile(await openText("restarted.jsonl", freshRows(12, "restarted")));
    await window.showTextDocument(again);
  });

  it("does not bother a file that was never scored", async () => {
    const document = await openText("plain.jsonl", "this is no JSON\n");
    await new Promise((done) => setTimeout(done, 500));
    equal((await productApi()).dataset(document.uri), null);
  });
});
