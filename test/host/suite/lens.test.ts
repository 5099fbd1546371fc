// The lens as VS Code sees it: one panel beside the editor, used again, that leaves the keyboard where it is.
import { deepStrictEqual, ok } from "node:assert/strict";
import { commands, Selection, TabInputWebview, Uri, window } from "vscode";
import { openText, productApi, until } from "./product.ts";

const command = "contextReliance.openLens";
const row = (n: number) =>
  JSON.stringify({ instruction: `What is ${n}?`, input: `The answer is ${n}.`, output: `It is ${n}.` });

function lensTabs() {
  const tabs = window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.filter(
    ({ input }) => input instanceof TabInputWebview && input.viewType.endsWith("contextReliance.lens"),
  );
}

describe("the lens", () => {
  afterEach(async () => {
    await window.tabGroups.close(lensTabs());
  });

  it("opens beside the row and keeps the cursor in the editor", async () => {
    await productApi();
    const document = await openText("lens.jsonl", `${row(1)}\n${row(2)}\n`);
    await commands.executeCommand(command);
    const tab = await until("the lens's title", () => lensTabs().find(({ label }) => /lens\.jsonl:1$/.test(label)));
    ok(tab.group.viewColumn !== window.activeTextEditor?.viewColumn);
    deepStrictEqual(window.activeTextEditor?.document, document);
  });

  it("is one panel, whatever it is opened on", async () => {
    const document = await openText("lens.jsonl", `${row(1)}\n${row(2)}\n`);
    await commands.executeCommand(command);
    await commands.executeCommand(command, document.uri.toString(), 1, 0);
    await until("the second row", () => lensTabs().find(({ label }) => /lens\.jsonl:2$/.test(label)));
    deepStrictEqual(lensTabs().length, 1);
  });

  it("opens on a file by its address, as the explorer's menu gives it", async () => {
    const document = await openText("lens.jsonl", `${row(1)}\n`);
    await commands.executeCommand(command, Uri.parse(document.uri.toString()));
    await until("the lens", () => lensTabs()[0]);
  });

  it("takes a selection in any text file as a prompt and answers it by itself", async () => {
    const document = await openText("note.md", "What is the capital of France?\n");
    const editor = await window.showTextDocument(document);
    editor.selection = new Selection(0, 0, 0, 30);
    await commands.executeCommand(command);
    await until("the typed prompt", () => lensTabs().find(({ label }) => /typed prompt$/.test(label)));
  });
});
