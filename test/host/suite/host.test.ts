import { deepStrictEqual, ok } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { commands, version, workspace } from "vscode";

describe("the host itself", () => {
  it("is a VS Code that the extension's manifest allows", () => {
    const [major, minor] = version.split(".").map(Number);
    ok(major !== undefined && minor !== undefined);
    ok(major > 1 || minor >= 105, `VS Code ${version}`);
  });

  it("runs a Node with node:sqlite", () => {
    ok(Number.parseInt(process.versions.node, 10) >= 22, `Node ${process.versions.node}`);
    const database = new DatabaseSync(":memory:");
    database.exec("create table score (row integer, gain real)");
    database.prepare("insert into score values (?, ?)").run(1, -0.25);
    deepStrictEqual({ ...database.prepare("select row, gain from score").get() }, { row: 1, gain: -0.25 });
    database.close();
  });

  it("has a workspace folder that tests may write to", async () => {
    const folder = workspace.workspaceFolders?.[0];
    ok(folder !== undefined);
    const [file] = await workspace.findFiles("two-rows.jsonl");
    ok(file !== undefined);
    const document = await workspace.openTextDocument(file);
    deepStrictEqual(document.lineCount, 3);
    ok((await commands.getCommands(true)).length > 100);
  });
});
