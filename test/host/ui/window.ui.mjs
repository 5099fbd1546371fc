// The window itself: what every other interface test relies on.
import { deepStrictEqual, match, ok } from "node:assert/strict";
import { existsSync } from "node:fs";
import { openWorkbench, themeNames } from "./driver.mjs";

describe("a VS Code window with the extension", () => {
  /** @type {import("./driver.mjs").Workbench} */
  let workbench;

  before(async () => {
    workbench = await openWorkbench({ theme: "light" });
  });

  after(async () => {
    await workbench.close();
    ok(!existsSync(workbench.folders.root), "the run's folders are deleted");
  });

  it("opens a file of the folder, takes an edit and saves it", async () => {
    await workbench.quickOpen("two-rows.jsonl");
    await workbench.goTo(1, 2);
    await workbench.type(" ");
    await workbench.save();
    const [firstLine] = await workbench.page.locator(".view-line").allInnerTexts();
    match(firstLine ?? "", /^\{\s"instruction"/);
  });

  it("offers the extension's commands in the palette", async () => {
    await workbench.pressUntil("F1", workbench.quickInput);
    await workbench.quickInput.fill(">Context Reliance: ");
    const labels = await workbench.pickLabels();
    ok(labels.includes("Context Reliance: Score File"), labels.join(", "));
    await workbench.page.keyboard.press("Escape");
  });

  it("shows every theme", async () => {
    for (const theme of themeNames) {
      await workbench.setTheme(theme);
      await workbench.screenshot(`window-${theme}`);
    }
  });

  it("takes over changed settings", async () => {
    await workbench.changeSettings({ "editor.fontSize": 21 });
    const size = await workbench.page
      .locator(".view-lines")
      .first()
      .evaluate((lines) => getComputedStyle(lines).fontSize);
    deepStrictEqual(size, "21px");
  });

  it("comes back after a restart", async () => {
    await workbench.restart();
    await workbench.quickOpen("two-rows.jsonl");
  });
});
