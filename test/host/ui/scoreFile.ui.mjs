// What a user sees: from the palette to flags, in every theme.
import { deepStrictEqual, match, ok } from "node:assert/strict";
import { openWorkbench, themeNames } from "./driver.mjs";

describe("scoring a file by hand", () => {
  /** @type {import("./driver.mjs").Workbench} */
  let workbench;

  before(async () => {
    workbench = await openWorkbench({ width: 1600, height: 900 });
    await workbench.quickOpen("samples/conflicts.jsonl");
  });
  after(() => workbench.close());

  it("starts with a row that is not scored, and says so", async () => {
    await workbench.goTo(2);
    await workbench.statusBarItem(/not scored/).waitFor();
    match(await workbench.hoverText("capital", /Score this row/), /Score this row/);
    await workbench.screenshot("editor-before");
    await workbench.page.keyboard.press("Escape");
  });

  it("ends with one toast that offers what comes next", async () => {
    await workbench.palette("Context Reliance: Score File");
    const toast = await workbench.waitForNotification(/5 of 20 rows with a context are flagged/, 60_000);
    await toast.getByRole("button", { name: "Open Report" }).waitFor();
    await toast.getByRole("button", { name: "Show Rows" }).waitFor();
    await workbench.page.locator(".notification-toast", { hasText: /Scoring conflicts/ }).waitFor({ state: "hidden" });
    deepStrictEqual((await workbench.notifications()).length, 1);
    await workbench.screenshot("editor-toast");
    await toast.getByRole("button", { name: "Show Rows" }).click();
  });

  it("lists flagged rows as problems", async () => {
    const rows = workbench.page.locator(".markers-panel .monaco-list-row");
    await rows.nth(5).waitFor();
    const texts = (await rows.allInnerTexts()).slice(1).map((text) => text.match(/^[a-z-]+ \(p(\d+)\): /)?.[1]);
    deepStrictEqual(
      texts.map(Number).sort((a, b) => a - b),
      [5, 10, 15, 20, 25],
    );
    deepStrictEqual(await rows.count(), 6);
  });

  it("shows verdict and numbers of the row at the cursor", async () => {
    await workbench.page.locator(".editor-group-container.active .view-line").first().click();
    await workbench.goTo(6);
    await workbench.statusBarItem(/(redundant|teacher-forced|context-critical|unhelpful) p\d+ gain [+−]\d/).waitFor();
  });

  it("looks right in every theme, narrow and wide", async () => {
    for (const theme of themeNames) {
      await workbench.setTheme(theme);
      for (const width of [900, 1600]) {
        await workbench.page.setViewportSize({ width, height: 900 });
        await workbench.goTo(6);
        const text = await workbench.hoverText("Rupee", /Context gain/);
        ok(
          text
            .trim()
            .split("\n")
            .filter((line) => line.trim() !== "").length <= 8,
          text,
        );
        await workbench.screenshot(`editor-${theme}-${width}`);
        await workbench.page.keyboard.press("Escape");
        await workbench.page.mouse.move(2, 2);
      }
    }
    await workbench.setTheme("light");
  });

  it("opens the page behind a problem's code at the verdict", async () => {
    const rows = workbench.page.locator(".markers-panel .monaco-list-row");
    await rows
      .nth(1)
      .locator("a", { hasText: /^[a-z-]+$/ })
      .click();
    await workbench.page.locator(".tabs-container .tab.active", { hasText: /Preview verdicts\.md/ }).waitFor();
    await workbench.webview().locator("h2", { hasText: "teacher-forced" }).waitFor();
    await workbench.screenshot("editor-verdict-page");
    await workbench.palette("View: Close Editor");
  });

  it("lists models with the bundled one in use", async () => {
    await workbench.palette("Context Reliance: Select Model…");
    const labels = await workbench.pickLabels();
    ok(
      labels.some((label) => /bundled model/.test(label)),
      labels.join(),
    );
    await workbench.screenshot("editor-select-model");
    await workbench.page.keyboard.press("Escape");
  });

  it("opens the report in the editor's colours, in every theme", async () => {
    await workbench.palette("Context Reliance: Open Report");
    const report = workbench.webview();
    await report.locator("h1", { hasText: /5 of 20 rows are easy without their context/ }).waitFor();
    for (const theme of themeNames) {
      await workbench.setTheme(theme);
      const paper = await report.locator("body").evaluate((body) => {
        const probe = document.createElement("div");
        probe.style.color = "var(--vscode-editor-background)";
        body.append(probe);
        const wanted = getComputedStyle(probe).color;
        probe.remove();
        return { wanted, is: getComputedStyle(body).backgroundColor };
      });
      deepStrictEqual(paper.is, paper.wanted, theme);
      await workbench.screenshot(`report-${theme}`);
    }
    await workbench.setTheme("light");
    await workbench.palette("View: Close Editor");
  });

  it("hides commands that cannot work, in a file that is no dataset", async () => {
    await workbench.quickOpen("samples/README.md");
    await workbench.pressUntil("F1", workbench.quickInput);
    await workbench.quickInput.fill(">Context Reliance:");
    const labels = await workbench.pickLabels();
    await workbench.page.keyboard.press("Escape");
    const needsDataset =
      /Score File|Score Current Row|Open Report|Save Report|Clear Flags|Cancel Scoring|Explain Verdicts/;
    deepStrictEqual(
      labels.filter((label) => needsDataset.test(label)),
      [],
    );
    ok(labels.includes("Context Reliance: Select Model…"), labels.join());
    deepStrictEqual(await workbench.statusBarItem(/not scored|gain/).count(), 0);
  });
});
