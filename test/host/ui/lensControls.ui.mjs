// Every control of the Context Lens on three rows, by mouse and by keyboard; every number on screen held to `inspect`'s.
import { deepStrictEqual, ok } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { commandLine, conflictsFile, inspected as inspectedIn } from "./commandLine.mjs";
import { changed, controlsOf, operate, pageState, settled } from "./controls.mjs";
import { openWorkbench } from "./driver.mjs";
import * as numbers from "./lensNumbers.mjs";

/** @typedef {import("playwright-core").FrameLocator} FrameLocator */
/** @typedef {import("./controls.mjs").Means} Means */

/** What the command line says of a row of the samples. @param {number} line @param {string[]} looks */
const inspected = (line, ...looks) => inspectedIn(conflictsFile, line, ...looks);

const means = /** @type {const} */ (["mouse", "keys"]);
const tabs = ["Prompt", "Ledger", "Pattern", "Steering", "Decoding", "Ablation", "Methods"];

/** Three rows, each with a way of its own to open the lens, and whether the mouse or the keys are first: what can be
 * pressed only once is pressed by either. @type {{ verdict: string, line: number, memory: string, first: Means }[]} */
const rows = [
  { verdict: "context-critical", line: 2, memory: "Paris", first: "mouse" },
  { verdict: "teacher-forced", line: 3, memory: "Ottawa", first: "keys" },
  { verdict: "redundant", line: 9, memory: "Hindi", first: "mouse" },
];

describe("every control of the Context Lens", () => {
  /** @type {import("./driver.mjs").Workbench} */
  let workbench;
  /** @type {FrameLocator} */
  let lens;
  /** What has been operated on any row, by which means. @type {Map<string, Set<Means>>} */
  const operated = new Map();

  before(async () => {
    workbench = await openWorkbench({ width: 1700, height: 1100 });
    lens = workbench.webview();
    await workbench.quickOpen("samples/conflicts.jsonl");
    // The one control that is gone once it was used: here by keys, by mouse where the lens is tested as it is first opened.
    await workbench.goTo(2);
    await workbench.page.keyboard.press("Shift+Alt+L");
    await lens.getByRole("button", { name: "Score file" }).focus();
    await workbench.page.keyboard.press("Enter");
    await workbench.waitForNotification(/5 of 20 rows with a context are flagged/, 60_000);
    await workbench.clearNotifications();
  });
  after(() => workbench.close());

  /** @param {string} name */
  const openTab = async (name) => {
    await lens.getByRole("tab", { name }).click();
    await lens.locator(`[role=tab][aria-selected=true]`, { hasText: name }).waitFor();
    await settled(lens);
  };

  /** Closes the lens and opens it on a row, so that nothing is left of the row before.
   * @param {number} line */
  const openOn = async (line) => {
    await workbench.palette("View: Focus First Editor Group");
    await workbench.palette("View: Close Editors in Other Groups");
    await workbench.goTo(line);
    if (line === 2) await workbench.palette("Context Reliance: Open Context Lens");
    else if (line === 3) await workbench.page.keyboard.press("Shift+Alt+L");
    else await openByMenu();
    await lens.locator("h1", { hasText: `line ${line}` }).waitFor();
    await workbench.page.locator(".tab", { hasText: `Lens: conflicts.jsonl:${line}` }).waitFor();
    await lens.locator(".verdict [data-verdict]").waitFor();
    await settled(lens);
  };

  /** Through the editor's context menu, by mouse. */
  const openByMenu = async () => {
    const { page } = workbench;
    await page
      .locator(".monaco-editor .view-line")
      .nth(8)
      .click({ button: "right", position: { x: 60, y: 8 } });
    const entry = (/** @type {string} */ name) => page.locator(".monaco-menu .action-item", { hasText: name }).last();
    await entry("Context Reliance").hover();
    await entry("Open Context Lens").hover();
    await sleep(300); // a menu that has just opened takes no click
    await entry("Open Context Lens").click();
  };

  /** Operates everything that is on the screen, also what only comes up on the way. Each file dialog takes its time: they
   * are opened by mouse on the first row and by keys on the second.
   * @param {string} tab @param {Set<string>} done by id and means, of this row @param {{ line: number, first: Means }} row */
  const operateAll = async (tab, done, { line, first }) => {
    const order = /** @type {Means[]} */ (first === "mouse" ? ["mouse", "keys"] : ["keys", "mouse"]);
    const saves = rows.findIndex((row) => row.line === line) < 2 ? [first] : [];
    for (;;) {
      const next = (await controlsOf(lens))
        .flatMap((control) => (isSave(control.id) ? saves : order).map((means) => ({ ...control, means })))
        .find(({ id, means }) => !done.has(`${means} ${id}`));
      if (!next) return;
      done.add(`${next.means} ${next.id}`);
      await operateAndNote(next, next.means);
      if (next.kind === "tablist") await openTab(tab);
    }
  };

  /** @param {string} id */
  const isSave = (id) => /button (SVG|PNG|CSV|JSON|Save as HTML|Save the methods card)$/.test(id);

  /** @param {import("./controls.mjs").Control} control @param {Means} means */
  const operateOne = async (control, means) => {
    const { page } = workbench;
    const { id } = control;
    await prepare(control);
    const current = (await controlsOf(lens)).find((each) => each.id === id);
    ok(current, `${id} is still there`);
    const before = await pageState(lens);
    await operate(lens, current, means, page);
    if (isSave(id)) {
      await workbench.quickInput.waitFor();
      await page.keyboard.press("Escape");
      await workbench.quickInput.waitFor({ state: "hidden" });
    } else if (id === "button bundled model") {
      await page.locator(".quick-input-list .monaco-list-row", { hasText: "bundled model" }).first().waitFor();
      await page.keyboard.press("Escape");
      await workbench.quickInput.waitFor({ state: "hidden" });
    } else if (id.startsWith("button conflicts.jsonl")) {
      await page.locator(".editor-group-container.active .monaco-editor.focused").waitFor();
    } else await changed(lens, before, `${id}, by ${means},`);
    await page.mouse.move(2, 2);
    // The list of layers is there only while the heads of one layer are steered.
    if (id.endsWith("select Heads")) await numbers.choose(lens, "heads", "layer");
    if (!isSave(id)) await settled(lens);
  };

  /** Picks three heads where the map of heads is on the screen. */
  const pickHeads = async () => {
    for (let layer = 0; layer < 3; layer++) {
      const unpicked = `.cr-heat[data-layer="${layer}"][data-head="4"]:not(:has(.cr-heat-picked))`;
      const cell = lens.locator(`[data-control="head-map"] ${unpicked}`);
      if ((await cell.count()) > 0) await cell.click({ modifiers: ["Control"] });
    }
  };

  /** @param {import("./controls.mjs").Control} control @param {Means} by */
  const operateAndNote = async (control, by) => {
    await operateOne(control, by);
    operated.set(control.id, (operated.get(control.id) ?? new Set()).add(by));
  };

  /** Marks the whole first message as the context. */
  const markAll = async () => {
    await lens.locator('[data-control="message"]').first().selectText();
    await lens.locator('[data-control="mark-context"]').first().click();
  };

  /** Brings about what a control needs in order to do anything.
   * @param {import("./controls.mjs").Control} control */
  const prepare = async ({ id }) => {
    const { keyboard } = workbench.page;
    if (/button (Zoom out|All)$/.test(id)) {
      await lens.locator("canvas").focus();
      for (let i = 0; i < 5; i++) await keyboard.press("+");
    } else if (/^button [\d.]+$/.test(id)) {
      // Away from every detent, so that each of them changes something.
      await lens.locator('[data-control="alpha"]').focus();
      await keyboard.press("End");
    } else if (/button (Lay back|Clear)/.test(id)) await pickHeads();
    else if (id === "button Mark the selection as context") {
      const unmark = lens.locator('[data-control="unmark"]').first();
      if ((await unmark.count()) > 0) await unmark.click();
      await lens.locator('[data-control="message"]').first().selectText();
    } else if (id.startsWith("button conflicts.jsonl")) {
      // VS Code takes a moment to know that the lens has the focus; no hand is faster.
      await lens.locator("h1 button").focus();
      await sleep(250);
    } else return;
    await settled(lens);
  };

  for (const { verdict, line, memory, first } of rows) {
    it(`shows the numbers of inspect for a ${verdict} row, in every part`, async () => {
      await openOn(line);
      const said = inspected(line, "--figures", "--ledger", "--dependency", "--ablation", "--decoding");
      const { steer } = inspected(line, "--steer", "0.9", "--other", memory, "--harm");
      const { attention } = inspected(line, "--attention", "2");
      const audited = JSON.parse(
        commandLine("audit", conflictsFile, "--format", "jsonl", "--no-cache").split("\n")[line - 1] ?? "",
      );
      deepStrictEqual(audited.verdict, verdict);
      await numbers.verdictEquals(lens, audited);
      await numbers.answerEquals(lens, inspected(line).target, said.figures);
      await numbers.promptEquals(lens, attention);
      await openTab("Ledger");
      await numbers.ledgerEquals(lens, said.ledger, said.dependency, [2, 3]);
      await openTab("Pattern");
      await numbers.patternEquals(lens, attention, workbench.page.keyboard);
      await openTab("Steering");
      await numbers.steeringEquals(lens, steer, audited.nTargetTokens, memory);
      await openTab("Decoding");
      const last = audited.nTargetTokens;
      await numbers.decodingEquals(lens, last, inspected(line, "--decoding", String(last)).decoding);
      await numbers.decodingEquals(lens, 1, said.decoding);
      await numbers.wholeAnswersEqual(lens, said.decoding);
      await openTab("Ablation");
      await numbers.ablationEquals(lens, said.ablation);
      await openTab("Methods");
      await numbers.methodsEqual(lens, said.model);
    });

    it(`takes every control by mouse and by keyboard on the ${verdict} row`, async function () {
      this.timeout(400_000);
      await openOn(line);
      const done = /** @type {Set<string>} */ (new Set());
      for (const tab of tabs) {
        await openTab(tab);
        await operateAll(tab, done, { line, first });
      }
    });
  }

  it("takes every control of a typed prompt by mouse and by keyboard", async () => {
    await workbench.palette("Context Reliance: New Lens Prompt");
    const message = lens.locator('[data-control="message"]').first();
    await message.fill("The capital of France is Lima. What is the capital of France?");
    const done = /** @type {Set<string>} */ (new Set());
    for (;;) {
      const next = (await controlsOf(lens))
        .flatMap((control) => means.map((each) => ({ ...control, means: each })))
        .find(({ id, means: each }) => !done.has(`${each} ${id}`));
      if (!next) break;
      done.add(`${next.means} ${next.id}`);
      await operateAndNote(next, next.means);
      if (next.id === "button Unmark" && next.means === "mouse") await markAll();
      if (next.id !== "button Look") continue;
      // What the row itself has was operated on the rows before.
      await lens.locator(".strip .token").first().waitFor();
      await settled(lens);
      const edit = (await controlsOf(lens)).find(({ id }) => id === "button Edit");
      ok(edit, "a typed prompt can be edited again");
      await operateAndNote(edit, next.means);
    }
  });

  it("left no control that only the mouse or only the keyboard works", () => {
    const oneSided = [...operated].filter(([, means]) => means.size < 2).map(([id, means]) => `${id}: ${[...means]}`);
    console.log(`    ${operated.size} controls operated`);
    deepStrictEqual(oneSided, []);
  });

  it("reaches every control with the Tab key and shows where the focus is", async () => {
    await openOn(2);
    for (const tab of tabs) {
      await openTab(tab);
      const reached = new Set();
      await lens.locator("h1 button").focus();
      // The ring is for whoever uses the keys.
      await workbench.page.keyboard.press("Tab");
      await workbench.page.keyboard.press("Shift+Tab");
      for (let i = 0; i < 200; i++) {
        const focus = await lens.locator("body").evaluate((body) => {
          const { activeElement } = body.ownerDocument;
          if (!activeElement || activeElement === body) return null;
          const { outlineStyle, outlineWidth } = getComputedStyle(activeElement);
          const owner = activeElement.closest("[role=listbox], [role=tablist]") ?? activeElement;
          const all = [...body.querySelectorAll("*")];
          return {
            place: all.indexOf(owner),
            outline: `${outlineStyle} ${outlineWidth}`,
            html: owner.outerHTML.slice(0, 200),
          };
        });
        if (!focus) break;
        ok(!/none|^\S+ 0px/.test(focus.outline), `${tab}: no outline on ${focus.html}`);
        reached.add(focus.place);
        await workbench.page.keyboard.press("Tab");
      }
      const unreached = await lens.locator("body").evaluate(
        (body, places) => {
          const all = [...body.querySelectorAll("*")];
          const controls =
            "button:not([role=tab]), select, input, textarea, summary, canvas, [role=listbox], [role=tablist]";
          return [...body.querySelectorAll(controls)]
            .filter(
              (element) => !(/** @type {HTMLInputElement} */ (element).disabled) && element.getClientRects().length > 0,
            )
            .filter((element) => !places.includes(all.indexOf(element)))
            .map((element) => element.outerHTML.slice(0, 120));
        },
        [...reached],
      );
      deepStrictEqual(unreached, [], tab);
    }
  });
});
