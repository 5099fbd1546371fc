// What a user sees when a run is long, is cancelled, or cannot work.
import { deepStrictEqual, match, ok } from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openWorkbench } from "./driver.mjs";

/** @param {number} nRows @param {string} salt */
function rows(nRows, salt) {
  const lines = Array.from({ length: nRows }, (_, i) => {
    const thing = `bridge ${salt}${i}`;
    return JSON.stringify({
      instruction: `Which colour is the ${thing}?`,
      input: `The ${thing} is green.`,
      output: "green",
    });
  });
  return `${lines.join("\n")}\n`;
}

/**
 * Names a model in the folder's own settings: a remote window leaves the user's machine-overridable settings out.
 * @param {string} folder @param {string} model
 */
function chooseInFolder(folder, model) {
  mkdirSync(join(folder, ".vscode"), { recursive: true });
  const settings = { "contextReliance.model.path": model };
  writeFileSync(join(folder, ".vscode", "settings.json"), JSON.stringify(settings));
}

/** The inference process of a run: the one whose scores are stored in the run's folders.
 * @param {string} root */
function inferenceProcess(root) {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    let args = "";
    try {
      args = readFileSync(join("/proc", pid, "cmdline"), "utf8");
    } catch {
      continue; // ended meanwhile
    }
    if (args.includes("inference.js") && args.includes(root)) return Number(pid);
  }
  throw new Error("there is no inference process");
}

describe("a long run", () => {
  /** @type {import("./driver.mjs").Workbench} */
  let workbench;
  before(async () => {
    workbench = await openWorkbench({ width: 1100, theme: "dark" });
    writeFileSync(join(workbench.folder, "samples", "long.jsonl"), rows(3000, "long"));
    await workbench.page.locator(".explorer-folders-view .monaco-list-row", { hasText: "samples" }).click();
    await workbench.page.locator(".explorer-folders-view .monaco-list-row", { hasText: "long.jsonl" }).click();
    await workbench.statusBarItem(/not scored/).waitFor();
  });
  after(() => workbench.close());

  it("shows rows per second, what is left, and a way to cancel", async () => {
    await workbench.palette("Context Reliance: Score File");
    const progress = await workbench.waitForNotification(
      /[\d,]+ of (about )?[\d,]+ rows, [\d,.]+ rows\/s, \d+ (sec|min|hr) left/,
    );
    await workbench.goTo(1);
    await workbench.screenshot("run-progress-dark");
    match(await progress.innerText(), /Scoring long\.jsonl/);
  });

  it("keeps what it has when it is cancelled, and says what is missing", async () => {
    await workbench.page.locator(".notification-toast").getByRole("button", { name: "Cancel" }).click();
    const toast = await workbench.waitForNotification(/Scored [\d,]+ of 3,000 rows; flags need all rows/);
    await toast.getByRole("button", { name: "Continue" }).waitFor();
    await workbench.screenshot("run-cancelled-dark");
    deepStrictEqual(await workbench.squiggles("info").count(), 0);
    await workbench.clearNotifications();
  });

  it("goes on when its process is killed, and says so once", async () => {
    await workbench.palette("Context Reliance: Score File");
    await workbench.waitForNotification(/[\d,]+ rows, [\d,.]+ rows\/s/);
    process.kill(inferenceProcess(workbench.folders.root), "SIGKILL");
    const warning = await workbench.waitForNotification(/was started again/);
    match(await warning.innerText(), /Nothing needs to be done/);
    await workbench.screenshot("run-restarted-dark");
    await workbench.waitForNotification(/[\d,]+ rows, [\d,.]+ rows\/s/);
    const said = (await workbench.notifications()).filter((text) => /was started again/.test(text));
    deepStrictEqual(said.length, 1);
    await workbench.palette("Context Reliance: Cancel Scoring");
    await workbench.waitForNotification(/flags need all rows/);
  });
});

describe("a model that is not there", () => {
  it("is answered with one sentence and the choice of another", async () => {
    const workbench = await openWorkbench({ width: 1100, theme: "hcLight" });
    chooseInFolder(workbench.folder, "/no/such/model");
    await workbench.load();
    await workbench.quickOpen("samples/conflicts.jsonl");
    await workbench.palette("Context Reliance: Score File");
    const toast = await workbench.waitForNotification(/\/no\/such\/model/);
    match(await toast.innerText(), /Choose a folder that holds an ONNX model and its tokenizer/);
    await workbench.screenshot("run-model-missing-hcLight");
    await toast.getByRole("button", { name: "Select Model…" }).click();
    ok((await workbench.pickLabels()).some((label) => /bundled model/.test(label)));
    await workbench.pick("bundled model");
    await workbench.quickInput.waitFor({ state: "hidden" });
    // At once, while the choice is still being made: the file is scored with the new model all the same.
    await workbench.palette("Context Reliance: Score File");
    await workbench.waitForNotification(/5 of 20 rows with a context are flagged/, 60_000);
    await workbench.close();
  });
});

describe("a folder that is not trusted", () => {
  it("is scored with the bundled model, whatever its settings name", async () => {
    const workbench = await openWorkbench({
      width: 1100,
      workspaceTrust: true,
      settings: { "security.workspace.trust.startupPrompt": "never" },
    });
    chooseInFolder(workbench.folder, "/no/such/model");
    await workbench.load();
    await workbench.page.locator(".statusbar-item", { hasText: "Restricted Mode" }).first().waitFor();
    await workbench.quickOpen("samples/conflicts.jsonl");
    await workbench.palette("Context Reliance: Score File");
    await workbench.waitForNotification(/5 of 20 rows with a context are flagged/, 60_000);
    await workbench.screenshot("run-untrusted-light");
    await workbench.palette("Context Reliance: Select Model…");
    await workbench.waitForNotification(/This workspace is not trusted, so only the bundled model is used/);
    await workbench.close();
  });
});
