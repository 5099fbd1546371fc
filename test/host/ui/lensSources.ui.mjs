// What the Context Lens can be opened on: elements of a JSON array, selections, text that would be code, long rows.
import { deepStrictEqual, match, ok } from "node:assert/strict";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { projectRoot } from "../../../scripts/projectRoot.mjs";
import { InferenceClient } from "../../../src/inference/client.ts";
import { inspected, natsText } from "./commandLine.mjs";
import { settled } from "./controls.mjs";
import { openWorkbench } from "./driver.mjs";
import { hostileStrings } from "./hostileText.mjs";

/** @typedef {import("playwright-core").FrameLocator} FrameLocator */

const modelFolder = join(projectRoot, "media", "model");
const tabs = ["Prompt", "Ledger", "Pattern", "Steering", "Decoding", "Ablation", "Methods"];

describe("what the lens opens on", () => {
  /** @type {import("./driver.mjs").Workbench} */
  let workbench;
  /** @type {FrameLocator} */
  let lens;

  before(async () => {
    workbench = await openWorkbench({ width: 1500, height: 1000 });
    lens = workbench.webview();
  });
  after(() => workbench.close());

  /** @param {string} name @param {string} text */
  const write = (name, text) => {
    const path = join(workbench.folder, name);
    writeFileSync(path, text);
    return path;
  };
  /** @param {number} line */
  const goTo = async (line) => {
    await workbench.palette("View: Focus First Editor Group");
    await workbench.goTo(line);
  };
  const gains = async () =>
    (await lens.locator(".strip .token .gain").allInnerTexts()).map((text) => text.replace(/[▲▼·\s]/g, ""));

  it("follows the cursor through the elements of a JSON array, whatever its layout", async () => {
    const rows = [
      { instruction: "What is the capital of Tramos?", input: "The capital of Tramos is Beluro.", output: "Beluro" },
      { instruction: "What is the capital of France?", input: "The capital of France is Lima.", output: "Lima" },
    ];
    const path = write("rows.json", `${JSON.stringify(rows, null, 2)}\n`);
    await workbench.quickOpen("rows.json");
    await goTo(4);
    await workbench.page.keyboard.press("Shift+Alt+L");
    await lens.locator("h1", { hasText: "rows.json, line 2" }).waitFor();
    deepStrictEqual(
      await gains(),
      inspected(path, 2).target.contextGains.map((/** @type {number} */ gain) => natsText(gain)),
    );
    await goTo(9);
    await lens.locator("h1", { hasText: "rows.json, line 7" }).waitFor();
    deepStrictEqual(
      await gains(),
      inspected(path, 7).target.contextGains.map((/** @type {number} */ gain) => natsText(gain)),
    );
    // The row is read again when its text changes, though nothing was ever scored.
    await workbench.goTo(10, 16);
    await workbench.type("Oslo or ");
    await lens.locator(".strip", { hasText: /O.*or/s }).waitFor();
    await workbench.palette("File: Revert File");
  });

  it("takes two selections for a context and what is asked about it", async () => {
    write("note.txt", "The capital of France is Lima.\nSome other words.\nWhat is the capital of France?\n");
    await workbench.quickOpen("note.txt");
    await workbench.goTo(1);
    await workbench.page.keyboard.press("Shift+End");
    await workbench.page.keyboard.down("Alt");
    const last = workbench.page.locator(".editor-group-container.active .view-line", { hasText: "What is the" });
    const box = await last.locator("span span").first().boundingBox();
    ok(box);
    await workbench.page.mouse.move(box.x + 1, box.y + 8);
    await workbench.page.mouse.down();
    await workbench.page.mouse.move(box.x + box.width - 1, box.y + 8, { steps: 4 });
    await workbench.page.mouse.up();
    await workbench.page.keyboard.up("Alt");
    await workbench.palette("Context Reliance: Open Context Lens");
    await lens.locator(".facts-line", { hasText: /with context, \d+ without/ }).waitFor();
    ok((await gains()).some((text) => /^[+−]/.test(text)));
    await lens.locator('[data-control="edit"]').click();
    match(await lens.locator('[data-number="context"]').innerText(), /The capital of France is Lima\.$/);
    await workbench.page.locator(".tabs-container .tab", { hasText: "note.txt" }).click();
    await workbench.palette("View: Close Editor");
  });

  it("runs none of 500 script-bearing strings as rows, tokens or model name, and keeps its layout", async function () {
    this.timeout(300_000);
    const strings = hostileStrings();
    const rows = Array.from({ length: 50 }, (_, i) => {
      const [question, context, answer, ...more] = strings.slice(10 * i, 10 * i + 10);
      return {
        instruction: `${question} ${more.slice(3).join("")}`,
        input: `${context}\n${more.slice(0, 3).join("\n")}`,
        output: answer,
      };
    });
    write("hostile.jsonl", rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const folder = join(workbench.folder, '<img src=x onerror="window.hacked=1">');
    cpSync(modelFolder, folder, { recursive: true, filter: (from) => !/fp16|q4/.test(from) });
    mkdirSync(join(workbench.folder, ".vscode"));
    const settings = write(".vscode/settings.json", JSON.stringify({ "contextReliance.model.path": folder }));
    await workbench.quickOpen("hostile.jsonl");
    await goTo(1);
    await workbench.page.keyboard.press("Shift+Alt+L");
    for (let line = 1; line <= rows.length; line++) {
      if (line > 1) await workbench.page.keyboard.press("ArrowDown");
      await lens.locator("h1", { hasText: new RegExp(`hostile\\.jsonl, line ${line}$`) }).waitFor();
      ok((await lens.locator(".strip .token").count()) > 0);
    }
    await lens.locator(".facts-line", { hasText: "<img src=x onerror" }).waitFor();
    for (const tab of tabs) {
      await lens.getByRole("tab", { name: tab }).click();
      for (const name of ["pattern", "whole-answers", "every-place", "ablate", "harm"]) {
        const button = lens.locator(`#part [data-control="${name}"]`);
        if ((await button.count()) > 0) await button.click();
      }
      await settled(lens);
      const overflow = await lens.locator("body").evaluate((body) => body.scrollWidth - body.clientWidth);
      ok(overflow <= 0, `${tab}: ${overflow} px wider than the panel`);
    }
    await workbench.screenshot("lens-hostile");
    const foreign = lens.locator("#lens script, #lens iframe, #lens img, #lens style, #lens base, #lens form");
    deepStrictEqual(await foreign.count(), 0);
    for (const place of [lens.locator("body"), workbench.page.locator("body")])
      deepStrictEqual(await place.evaluate(() => /** @type {any} */ (window).hacked), undefined);
    rmSync(settings);
  });

  it("shows a new row soon after its two passes; prints how soon", async () => {
    const filler = Array.from({ length: 29 }, (_, i) => `Room ${i} of the house has a window and a door.`).join(" ");
    const rows = Array.from({ length: 12 }, (_, i) => ({
      instruction: `What is the capital of Tramos, asked for the ${i}th time?`,
      input: `${filler} The capital of Tramos is Beluro.`,
      output: "Beluro",
    }));
    write("long.jsonl", rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const program = join(projectRoot, "dist", "inference.js");
    const client = new InferenceClient({ program, storeFile: null, onWarning: () => {}, onLog: () => {} });
    const passMs = [];
    for (const { instruction, input, output } of rows) {
      const parts = /** @type {const} */ ([
        { kind: "context", text: input },
        { kind: "separator", text: "\n" },
        { kind: "text", text: instruction },
      ]);
      const row = {
        prompt: [{ role: /** @type {const} */ ("user"), parts }],
        target: { kind: /** @type {const} */ ("text"), text: output },
      };
      const startMs = performance.now();
      await client.inspectRow({ modelFolder, row, allowNonCausal: false });
      passMs.push(performance.now() - startMs);
    }
    await client.dispose();
    await workbench.palette("View: Focus First Editor Group");
    await workbench.quickOpen("long.jsonl");
    await goTo(1);
    await workbench.page.keyboard.press("Shift+Alt+L");
    await lens.locator("h1", { hasText: "long.jsonl, line 1" }).waitFor();
    await lens.locator(".facts-line", { hasText: "bundled model" }).waitFor();
    await lens.locator(".facts-line", { hasText: /4\d\d tokens with context/ }).waitFor();
    await settled(lens);
    const shownMs = [];
    for (let line = 2; line <= rows.length; line++) {
      // Watched inside the page, on every frame, from before the key is pressed.
      const shown = lens.locator("body").evaluate(async (_, name) => {
        while (!document.querySelector("h1")?.textContent?.endsWith(name) || !document.querySelector(".strip .token"))
          await new Promise((painted) => requestAnimationFrame(painted));
        return performance.timeOrigin + performance.now();
      }, `line ${line}`);
      const startMs = performance.timeOrigin + performance.now();
      await workbench.page.keyboard.press("ArrowDown");
      shownMs.push((await shown) - startMs);
      await sleep(400);
    }
    const median = (/** @type {number[]} */ values) =>
      values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
    // The first pass of a process also opens the model.
    const passes = median(passMs.slice(1));
    console.log(
      `    a row of ${rows.length - 1}: shown ${median(shownMs).toFixed(0)} ms after the key, of which its two passes take ${passes.toFixed(0)} ms`,
    );
    ok(shownMs.length === rows.length - 1);
  });
});
