// The Context Lens as a user drives it: three rows, every control by mouse and by keyboard, numbers equal to the CLI's.
import { deepStrictEqual, match, ok } from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { conflictsFile, inspected as inspectedIn, natsText } from "./commandLine.mjs";
import { openWorkbench, themeNames } from "./driver.mjs";

/** @typedef {import("playwright-core").FrameLocator} FrameLocator */

const rowsByVerdict = { "context-critical": 2, redundant: 9, "teacher-forced": 3 };

/** What the command line says of a row of the samples. @param {number} line @param {string[]} looks */
const inspected = (line, ...looks) => inspectedIn(conflictsFile, line, ...looks);

/** Text of the element with a number. @param {FrameLocator} lens @param {string} name */
async function numberOf(lens, name) {
  return (await lens.locator(`[data-number="${name}"]`).first().innerText()).trim();
}

/** Waits until an element says something. @param {FrameLocator} lens @param {string} name @param {RegExp} expected */
async function waitForNumber(lens, name, expected) {
  await lens.locator(`[data-number="${name}"]`, { hasText: expected }).first().waitFor();
}

describe("the Context Lens", () => {
  /** @type {import("./driver.mjs").Workbench} */
  let workbench;
  /** @type {FrameLocator} */
  let lens;

  before(async () => {
    workbench = await openWorkbench({ width: 1600, height: 1000 });
    lens = workbench.webview();
    await workbench.quickOpen("samples/conflicts.jsonl");
  });
  after(() => workbench.close());

  /** Puts the cursor on a row and waits until the lens shows it. @param {number} line */
  const follow = async (line) => {
    await workbench.palette("View: Focus First Editor Group");
    await workbench.goTo(line);
    await lens.locator("h1", { hasText: `line ${line}` }).waitFor();
  };
  /** @param {string} name */
  const openTab = async (name) => {
    await lens.getByRole("tab", { name }).click();
    await lens.locator(`[role=tab][aria-selected=true]`, { hasText: name }).waitFor();
  };

  it("opens with one key, before anything is scored, and says what a verdict needs", async () => {
    await workbench.goTo(2);
    await workbench.page.keyboard.press("Shift+Alt+L");
    await lens.locator(".strip .token").first().waitFor();
    await lens.getByRole("button", { name: "Score file" }).click();
    await workbench.waitForNotification(/5 of 20 rows with a context are flagged/, 60_000);
    await workbench.clearNotifications();
    await lens.locator('[data-verdict="context-critical"]').waitFor();
  });

  it("shows three kinds of rows as it follows the cursor, with the command line's numbers", async () => {
    for (const [verdict, line] of Object.entries(rowsByVerdict)) {
      await follow(line);
      await lens.locator(`[data-verdict="${verdict}"]`).waitFor();
      const { target } = inspected(line);
      const figures = inspected(line, "--figures").figures;
      const gains = await lens.locator(".strip .token .gain").allInnerTexts();
      deepStrictEqual(
        gains.map((text) => text.replace(/[▲▼·\s]/g, "")),
        target.contextGains.map((/** @type {number} */ gain) => natsText(gain)),
      );
      await lens.locator(".strip .token").first().focus();
      for (let t = 0; t < target.tokenIds.length; t++) {
        await workbench.page.keyboard.press(t === 0 ? "Home" : "ArrowRight");
        await waitForNumber(lens, "gain", new RegExp(natsText(target.contextGains[t]).replace("+", "\\+")));
        deepStrictEqual(await numberOf(lens, "openLogProb"), natsText(target.openLogProbs[t]));
        deepStrictEqual(await numberOf(lens, "closedLogProb"), natsText(target.closedLogProbs[t]));
        await lens.locator('[data-number="openRank"]').waitFor();
        deepStrictEqual(await numberOf(lens, "openRank"), String(figures.open[t].rank));
        deepStrictEqual(await numberOf(lens, "closedRank"), String(figures.closed[t].rank));
        deepStrictEqual(await numberOf(lens, "openEntropy"), figures.open[t].entropy.toFixed(2));
        const best = figures.open[t].top.map((/** @type {{ text: string }} */ { text }) => text.trim());
        const shown = await lens.locator(".book").first().locator(".choices bdi").allInnerTexts();
        deepStrictEqual(
          shown.map((text) => text.replaceAll("·", "")),
          best,
        );
      }
    }
  });

  it("says what decided the verdict, with distances and formulas", async () => {
    await lens.locator("summary", { hasText: "What decided it" }).click();
    const rows = await lens.locator("details.rules tbody tr").allInnerTexts();
    // The cursor is on a teacher-forced row: its second rule decided.
    const holds = rows.map((text) => /[✓✗]\s*$/.exec(text)?.[0].trim());
    deepStrictEqual(holds, ["✓", "✗", "✗", "✓", "✓", "✓"]);
    match(rows[3] ?? "", /^teacher-forced ✓\s+mean gain/);
    match(rows[0] ?? "", /^redundant ✗\s+closed-book perplexity\s+[\d.]+\s+≤ [\d.]+\s+✓/);
    match(rows[2] ?? "", /gain of the first quarter\s+[+−]?\d\.\d\d\s+< \+0\.10/);
    match(await lens.locator(".formulas").first().innerText(), /the first rule that holds/);
    await lens.locator("summary", { hasText: "What decided it" }).click();
  });

  it("is opened by the line above a row, by a hover and by the icon", async () => {
    const { contextGains } = inspected(2).target;
    const sum = contextGains.reduce((/** @type {number} */ total, /** @type {number} */ gain) => total + gain, 0);
    const lines = workbench.page.locator(".codelens-decoration a", {
      hasText: `context-critical · gain ${natsText(sum / contextGains.length)} · Open the lens`,
    });
    await lines.first().click();
    await lens.locator("h1", { hasText: "line 2" }).waitFor();
    await workbench.palette("View: Focus First Editor Group");
    await workbench.goTo(8);
    await lens.locator("h1", { hasText: "line 8" }).waitFor();
    await workbench.hoverText("Tokyo", /Open the lens/);
    await workbench.page.locator(".monaco-hover:visible a", { hasText: "Open the lens" }).first().click();
    await lens.locator("h1", { hasText: "line 3" }).waitFor();
    await workbench.palette("View: Focus First Editor Group");
    await workbench.goTo(2);
    await workbench.page.locator(".editor-group-container.active .action-label.codicon-graph").first().click();
    await lens.locator("h1", { hasText: "line 2" }).waitFor();
  });

  it("shows a token's numbers under the pointer and keeps the one that is clicked", async () => {
    await follow(2);
    const tokens = lens.locator(".strip .token");
    await tokens.nth(0).hover();
    await lens.locator(".detail", { hasText: "token 1 of 3" }).waitFor();
    await tokens.nth(2).click();
    await lens.locator("h1").hover();
    await lens.locator(".detail", { hasText: "token 3 of 3" }).waitFor();
    deepStrictEqual(await tokens.nth(2).getAttribute("aria-selected"), "true");
  });

  it("walks the prompt by keys and shows where each token looks", async () => {
    await openTab("Prompt");
    await tokenAt(1).click();
    const prompt = lens.locator(".prompt [role=option]");
    await lens.locator('.prompt [data-heat="12"]').first().waitFor();
    const before = await lens.locator(".looking").innerText();
    await prompt.nth(10).click();
    await workbench.page.keyboard.press("ArrowRight");
    await workbench.page.keyboard.press("ArrowRight");
    await lens.locator(".looking", { hasText: "(token 13) looks" }).waitFor();
    ok(before !== (await lens.locator(".looking").innerText()));
    await lens.locator('[data-control="layer"]').selectOption("2");
    await lens.locator('[data-control="head"]').selectOption("max");
    await lens.locator('[data-control="position"]').selectOption("token");
    await lens.getByRole("checkbox").check();
    await lens.locator('.prompt [data-heat="12"]').first().waitFor();
  });

  /** @param {number} t */
  const tokenAt = (t) => lens.locator(".strip .token").nth(t);

  it("draws the ledger from the engine's numbers", async () => {
    await openTab("Ledger");
    await lens.locator('[data-figure="ledger-heads-user"] .cr-heat').first().waitFor();
    const { ledger } = inspected(2, "--ledger");
    const { withTemplate, representativeHead } = ledger;
    await lens.locator('[data-figure="ledger-shares"] [aria-pressed]').first().click();
    const text = await lens.locator('[data-figure="ledger-shares"] tbody tr').first().innerText();
    match(text, new RegExp(`L${representativeHead.layerIdx} H${representativeHead.headIdx}`));
    const context = Number(text.split("\t")[1]);
    ok(Math.abs(context - withTemplate.representative.context) < 5e-4, text);
    await lens.locator('[data-figure="ledger-shares"] [aria-pressed]').first().click();
  });

  it("takes role, normalisation, order, template and head by mouse and keys", async () => {
    const texts = async () =>
      (await lens.locator('[data-figure^="ledger-heads"] .cr-heat title').allTextContents()).join();
    const first = await texts();
    await lens.locator('[data-control="template"]').click();
    const plain = await texts();
    ok(plain !== first, "the template changes the ledger");
    await lens.locator('[data-control="template"]').click();
    await lens.locator('[data-control="normalisation"]').selectOption("withoutFirst");
    ok((await texts()) !== first);
    await lens.locator('[data-control="role"]').selectOption("bos");
    await lens.locator('[data-figure="ledger-heads-bos"]').waitFor();
    await lens.locator('[data-control="role"]').selectOption("user");
    await lens.locator('[data-control="normalisation"]').selectOption("raw");
    await lens.getByRole("checkbox", { name: /sorted/ }).check();
    const shares = [...(await texts()).matchAll(/layer 0, head \d+: .*? (\d+) %/g)].map((found) => Number(found[1]));
    deepStrictEqual(
      shares,
      [...shares].sort((a, b) => b - a),
    );
    await lens.getByRole("checkbox", { name: /sorted/ }).uncheck();
    await lens.locator('.cr-heat[data-layer="3"][data-head="2"]').click();
    await lens.locator('[data-figure="ledger-shares"]', { hasText: "chosen L3 H2" }).waitFor();
    const head = lens.getByRole("spinbutton", { name: "head", exact: true });
    await head.focus();
    await workbench.page.keyboard.press("ArrowUp");
    await lens.locator('[data-figure="ledger-shares"]', { hasText: "chosen L3 H3" }).waitFor();
    match(await lens.locator('[data-figure^="ledger-heads"] .note').innerText(), /not causal importance/);
    await waitForNumber(lens, "dependency", /Context-dependency score 0\.\d/);
  });

  it("reads the pattern out cell by cell and zooms", async () => {
    await openTab("Pattern");
    await lens.locator('[data-control="pattern"]').click();
    await lens.locator("canvas").waitFor();
    await lens.locator('[data-control="head"]').selectOption("mean");
    await lens.locator("canvas").focus();
    await workbench.page.keyboard.press("Home");
    const start = await numberOf(lens, "cell");
    await workbench.page.keyboard.press("ArrowRight");
    await workbench.page.keyboard.press("ArrowUp");
    ok(start !== (await numberOf(lens, "cell")));
    const { attention } = inspected(2, "--attention", "3");
    ok(attention, "the command line has the pattern too");
    await workbench.page.keyboard.press("+");
    await lens.locator("canvas").hover({ position: { x: 200, y: 300 } });
    await workbench.page.mouse.wheel(0, -300);
    match(await numberOf(lens, "cell"), /→/);
  });

  it("steers by keys, detents and curve, and measures the harm", async () => {
    await openTab("Ledger");
    await lens.locator('.cr-heat[data-layer="3"][data-head="2"]').click();
    await openTab("Steering");
    await waitForNumber(lens, "after", /−?\d/);
    const { steer } = inspected(2, "--steer", "0.95", "--span", "context");
    const mean = (/** @type {number[]} */ values) =>
      values.slice(0, 3).reduce((/** @type {number} */ sum, /** @type {number} */ value) => sum + value, 0) / 3;
    deepStrictEqual(await numberOf(lens, "before"), natsText(mean(steer.before.logProbs), 3));
    match(await numberOf(lens, "after"), new RegExp(`^${natsText(mean(steer.after.logProbs), 3).replace("+", "\\+")}`));
    await lens.locator('[data-control="alpha"]').focus();
    await workbench.page.keyboard.press("PageDown");
    await waitForNumber(lens, "alpha", /^0\.9/);
    await workbench.page.keyboard.press("ArrowRight");
    await waitForNumber(lens, "alpha", /^0\.895/);
    await lens.locator(".alpha.harmful").waitFor();
    await lens.locator(".detents button", { hasText: "0.98" }).click();
    await waitForNumber(lens, "alpha", /^0\.98/);
    await lens.locator('[data-control="span"]').selectOption("user");
    await lens.locator('[data-control="keys"]').selectOption("prompt");
    await lens.locator('[data-control="heads"]').selectOption("layer");
    await lens.locator('[data-control="steered-layer"]').selectOption("3");
    await lens
      .locator("td", { hasText: /^0\.\d\d\d$/ })
      .first()
      .waitFor();
    await lens.locator('[data-control="curve"]').click();
    await lens.locator('[data-figure="steering"] .cr-point').nth(6).waitFor();
    await lens.locator('[data-control="curve"]').waitFor({ state: "detached" });
    await lens.locator('[data-control="harm"]').click();
    await lens.locator(".harm .score").waitFor();
    await lens.locator('[data-figure="steering-harm"] svg').waitFor();
    await lens.locator('[data-control="span"]').selectOption("context");
    await lens.locator('[data-control="keys"]').selectOption("all");
  });

  it("steers the heads that are picked by keys, with the command line's numbers", async () => {
    await openTab("Ledger");
    const map = lens.locator('[data-control="head-map"]');
    await map.locator(".cr-heat").first().waitFor();
    await map.focus();
    for (const key of ["Home", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown", "Space"])
      await workbench.page.keyboard.press(key);
    await lens.locator("#head-at-cursor", { hasText: /^Layer 1, head 0: .* Picked for steering\.$/ }).waitFor();
    for (const key of ["ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "Enter"])
      await workbench.page.keyboard.press(key);
    await lens.locator("#head-at-cursor", { hasText: /^Layer 3, head 2: .* Picked for steering\.$/ }).waitFor();
    deepStrictEqual(await map.locator(".cr-heat-picked").count(), 2);
    await openTab("Steering");
    deepStrictEqual(await lens.locator('[data-control="heads"]').inputValue(), "picked");
    await lens.locator('[data-control="alpha"]').focus();
    await workbench.page.keyboard.press("End");
    await waitForNumber(lens, "alpha", /^0\.5/);
    await lens.locator("th", { hasText: "alpha 0.5" }).first().waitFor();
    const { steer } = inspected(2, "--steer", "0.5", "--span", "context", "--heads", "1.0,3.2");
    const all = inspected(2, "--steer", "0.5", "--span", "context").steer;
    const target = (/** @type {{ logProbs: number[] }} */ { logProbs: [a = 0, b = 0, c = 0] }) =>
      natsText((a + b + c) / 3, 3);
    const shown = async () => (await numberOf(lens, "after")).split(" ")[0];
    deepStrictEqual(await numberOf(lens, "before"), target(steer.before));
    deepStrictEqual(await shown(), target(steer.after));
    ok(target(all.after) !== target(steer.after), "two heads do not do what all do");
    await lens.locator('[data-control="clear-picked"]').focus();
    await workbench.page.keyboard.press("Enter");
    await lens.locator(".picked").waitFor({ state: "detached" });
    deepStrictEqual(await lens.locator('[data-control="heads"]').inputValue(), "all");
    await lens.locator(".pending").waitFor({ state: "detached" });
    deepStrictEqual(await shown(), target(all.after));
  });

  it("previews context-aware decoding at the chosen place and at every place", async () => {
    await openTab("Decoding");
    await tokenAt(0).click();
    await lens.locator('[data-figure="decoding-1"]').waitFor();
    const { decoding } = inspected(2, "--decoding");
    const words = await lens.locator('[data-figure="decoding-1"] desc').textContent();
    for (const { alpha, top } of decoding.choices) ok(words?.includes(`alpha ${alpha}: ${top[0].text}`), words ?? "");
    await lens.locator('[data-control="every-place"]').click();
    await lens.locator("#part tbody tr").nth(2).waitFor();
    await lens.locator('[data-control="whole-answers"]').click();
    await lens.locator('[data-figure="decoded-answers"] svg').waitFor();
  });

  it("sets attention against ablation", async () => {
    await openTab("Ablation");
    await lens.locator('[data-control="ablate"]').click();
    const { ablation } = inspected(2, "--ablation");
    await waitForNumber(lens, "tau", new RegExp(`Kendall's tau ${ablation.tau.toFixed(2)}`));
    const figure = await lens.locator('[data-figure="ablation"] svg').textContent();
    for (const { logProbFall } of ablation.sentences) ok(figure?.includes(natsText(logProbFall)), figure ?? "");
  });

  it("names what made the numbers, and saves each figure and the whole", async () => {
    await openTab("Methods");
    const { model } = inspected(2);
    await lens.locator(".methods", { hasText: model.modelHash }).waitFor();
    await saveBy(lens.locator('[data-control="save-methods"]'), "methods.md", /\| model hash \| `[0-9a-f]{64}` \|/);
    await saveBy(
      lens.locator('[data-control="save-html"]'),
      "lens.html",
      /^<!DOCTYPE html>[\s\S]*Attention pattern[\s\S]*Before and after steering[\s\S]*<\/html>/,
    );
    await openTab("Pattern");
    const pattern = lens.locator('[data-figure="pattern"] .tools');
    await saveBy(
      pattern.getByRole("button", { name: "SVG" }),
      "pattern-layer-3-head-2.svg",
      /<path class="cr-heat-cell"/,
    );
    await saveBy(
      pattern.getByRole("button", { name: "JSON" }),
      "pattern-layer-3-head-2.json",
      /"columns": \[\s+"place"/,
    );
    await openTab("Ledger");
    const tools = lens.locator('[data-figure="ledger-shares"] .tools');
    await saveBy(tools.getByRole("button", { name: "SVG" }), "ledger-shares.svg", /^<\?xml[\s\S]*<\/svg>/);
    await saveBy(tools.getByRole("button", { name: "CSV" }), "ledger-shares.csv", /^"heads","context",/);
    await saveBy(tools.getByRole("button", { name: "JSON" }), "ledger-shares.json", /"model hash": "[0-9a-f]{64}"/);
    await saveBy(tools.getByRole("button", { name: "PNG" }), "ledger-shares.png", /PNG/);
  });

  /** Saves through VS Code's own dialog and looks into the file.
   * @param {import("playwright-core").Locator} button @param {string} name @param {RegExp} expected */
  const saveBy = async (button, name, expected) => {
    const path = join(workbench.folder, "samples", `conflicts-line-2-${name}`);
    await button.click();
    await workbench.quickInput.waitFor();
    for (let attempt = 0; attempt < 50 && (await workbench.quickInput.inputValue()) !== path; attempt++)
      await sleep(50);
    deepStrictEqual(await workbench.quickInput.inputValue(), path);
    await workbench.page.keyboard.press("Enter");
    await workbench.quickInput.waitFor({ state: "hidden" });
    for (let attempt = 0; attempt < 100 && !existsSync(path); attempt++) await sleep(50);
    await sleep(100);
    match(readFileSync(path, "latin1"), expected);
  };

  it("stays on its row when it is told not to follow", async () => {
    await lens.locator('[data-control="follow"]').click();
    await lens.locator('[data-control="follow"][aria-pressed="false"]').waitFor();
    await workbench.palette("View: Focus First Editor Group");
    await workbench.goTo(7);
    await sleep(600);
    match(await lens.locator("h1").innerText(), /line 2$/);
    await lens.locator('[data-control="follow"]').click();
    await lens.locator("h1", { hasText: "line 7" }).waitFor();
    await follow(6);
  });

  it("moves between its parts by keys", async () => {
    await lens.getByRole("tab", { name: "Ledger" }).focus();
    await workbench.page.keyboard.press("ArrowRight");
    await lens.locator("[role=tab][aria-selected=true]", { hasText: "Pattern" }).waitFor();
    await workbench.page.keyboard.press("Home");
    await lens.locator("[role=tab][aria-selected=true]", { hasText: "Prompt" }).waitFor();
  });

  it("comes back after the window is loaded again", async () => {
    await openTab("Ledger");
    await lens.locator('.cr-heat[data-layer="2"][data-head="4"]').click({ modifiers: ["Control"] });
    await openTab("Steering");
    await lens.locator(".detents button", { hasText: "0.98" }).click();
    await openTab("Ledger");
    await lens.locator('[data-control="follow"]').click();
    await lens.locator('[data-control="follow"][aria-pressed="false"]').waitFor();
    await sleep(500);
    await workbench.palette("Developer: Reload Window");
    await sleep(1500);
    lens = workbench.webview();
    await lens.locator(".strip .token").first().waitFor();
    match(await lens.locator("h1").innerText(), /conflicts\.jsonl, line 6/);
    // The part that was open, the head that was chosen, and the one that was picked.
    await lens.locator('.cr-heat[data-layer="2"][data-head="4"] .cr-heat-picked').waitFor();
    await lens.locator('[data-figure="ledger-shares"]', { hasText: "chosen L2 H4" }).waitFor();
    await lens.locator('[data-control="clear-picked"]').click();
    await openTab("Steering");
    await waitForNumber(lens, "alpha", /^0\.98$/);
    await openTab("Prompt");
    await lens.locator('[data-control="follow"][aria-pressed="false"]').click();
    await lens.locator('[data-control="follow"][aria-pressed="true"]').waitFor();
  });

  it("shows the row again when its text changes", async () => {
    await follow(5);
    await follow(6);
    await workbench.goTo(6, 2);
    await workbench.type('"note": "x", ');
    await lens.locator(".verdict", { hasText: "No verdict yet" }).waitFor();
    await workbench.palette("Undo");
  });

  it("says why a row cannot be shown, and leaves no numbers of another beside it", async () => {
    writeFileSync(
      join(workbench.folder, "odd.jsonl"),
      [
        '{"instruction": "Who?", "input": "Ann came. Ben left.", "output": "Ann"}',
        '{"instruction": "Who?", "input": "Ann came."',
        '{"colour": "red", "size": 3}',
        '{"instruction": "Who?", "input": "Ann came.", "output": ""}',
        `{"instruction": "Who?", "input": "${"Ann came. ".repeat(400)}", "output": "Ann"}`,
        "",
      ].join("\n"),
    );
    await workbench.palette("View: Focus First Editor Group");
    await workbench.quickOpen("odd.jsonl");
    await workbench.page.keyboard.press("Shift+Alt+L");
    await lens.locator("h1", { hasText: "odd.jsonl, line 1" }).waitFor();
    for (const [line, said] of /** @type {const} */ ([
      [2, /The row is not JSON/],
      [3, /no known shape/],
      [4, /empty|nothing/i],
      [5, /tokens/],
    ])) {
      await workbench.palette("View: Focus First Editor Group");
      await workbench.goTo(line);
      await lens.locator("h1", { hasText: `odd.jsonl, line ${line}` }).waitFor();
      await lens.locator(".problem", { hasText: said }).waitFor();
      deepStrictEqual(await lens.locator(".strip, .verdict, [role=tab]").count(), 0);
    }
    await workbench.screenshot("lens-problem");
    await workbench.goTo(1);
    await lens.locator(".strip .token").first().waitFor();
    // A blank line is passed over; a row that is deleted while it is shown is gone.
    await workbench.palette("View: Focus First Editor Group");
    await workbench.goTo(6);
    await sleep(400);
    match(await lens.locator("h1").innerText(), /line 1$/);
    await workbench.palette("Select All");
    await workbench.page.keyboard.press("Delete");
    await lens.locator(".problem", { hasText: "There is no row at the cursor." }).waitFor();
    await workbench.palette("File: Revert File");
    await workbench.palette("View: Close Editor");
    await workbench.quickOpen("samples/conflicts.jsonl");
    await workbench.goTo(6);
    await workbench.page.keyboard.press("Shift+Alt+L");
    await lens.locator("h1", { hasText: "conflicts.jsonl, line 6" }).waitFor();
  });

  it("looks right in every theme, narrow and wide", async () => {
    await follow(4);
    for (const theme of themeNames) {
      await workbench.setTheme(theme);
      for (const width of [900, 1600]) {
        await workbench.page.setViewportSize({ width, height: 1000 });
        await sleep(500);
        for (const tab of ["Prompt", "Ledger", "Steering"]) {
          await openTab(tab);
          await lens.locator("#part figure").first().waitFor();
          await sleep(400);
          await workbench.screenshot(`lens-${theme}-${width}-${tab}`);
          const overflow = await lens.locator("body").evaluate((body) => body.scrollWidth - body.clientWidth);
          ok(overflow <= 0, `${theme} ${width} ${tab}: ${overflow} px wider than the panel`);
        }
      }
    }
    await workbench.setTheme("light");
  });
});

describe("a prompt of one's own", () => {
  it("is typed by role, or selected in any text file, with its context marked", async () => {
    const workbench = await openWorkbench({ width: 1200, height: 900, theme: "dark" });
    const lens = workbench.webview();
    writeFileSync(join(workbench.folder, "note.md"), "What is the capital of Japan?\n");
    await workbench.quickOpen("two-rows.jsonl");
    await workbench.statusBarItem(/not scored/).waitFor();
    await workbench.palette("View: Close Editor");
    await workbench.palette("Context Reliance: New Lens Prompt");
    const message = lens.locator('[data-control="message"]').first();
    await lens.locator('[data-control="message"]:focus').waitFor();
    await workbench.page.locator(".tab", { hasText: "Lens: typed prompt" }).waitFor();
    await message.fill("The capital of France is Lima. What is the capital of France?");
    await message.evaluate((/** @type {HTMLTextAreaElement} */ field) => field.setSelectionRange(0, 30));
    await lens.locator('[data-control="mark-context"]').click();
    await waitForNumber(lens, "context", /The capital of France is Lima\./);
    await message.press("Control+Home");
    await workbench.page.keyboard.type("Read. ");
    await waitForNumber(lens, "context", /context: The capital of France is Lima\.$/);
    await lens.locator('[data-control="unmark"]').click();
    await lens.locator('[data-control="mark-context"]').click();
    await lens.locator(".scratch", { hasText: "Nothing is selected" }).waitFor();
    await message.evaluate((/** @type {HTMLTextAreaElement} */ field) => field.setSelectionRange(6, 36));
    await lens.locator('[data-control="mark-context"]').click();
    await waitForNumber(lens, "context", /context: The capital of France is Lima\.$/);
    await workbench.screenshot("lens-scratch-dark");
    await lens.locator('[data-control="look"]').click();
    await lens.locator(".strip .token").first().waitFor();
    match(await lens.locator(".verdict").innerText(), /The answer is the model's own/);
    ok((await lens.locator(".strip .token .gain").allInnerTexts()).some((text) => /[▲▼]/.test(text)));
    await lens.locator('[data-control="edit"]').click();
    await lens.locator('[data-control="answer"]').fill("Lima");
    await lens.locator('[data-control="look"]').click();
    await lens.locator(".verdict", { hasText: "A typed prompt has no verdict" }).waitFor();
    await workbench.page.locator(".explorer-folders-view .monaco-list-row", { hasText: "note.md" }).click();
    await workbench.page.locator(".tabs-container .tab.active", { hasText: "note.md" }).waitFor();
    await workbench.page.locator(".editor-group-container.active .view-line", { hasText: /Japan/ }).first().click();
    await workbench.page.keyboard.press("Control+A");
    await workbench.palette("Context Reliance: Open Context Lens");
    await lens.locator(".strip .token").first().waitFor();
    await lens.locator(".facts-line", { hasText: /\d+ tokens$/ }).waitFor();
    await workbench.screenshot("lens-selection-dark");
    await workbench.close();
  });
});
