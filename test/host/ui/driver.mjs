// Drives a real VS Code as a user does: keys, mouse, and what is on the screen.
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { projectRoot } from "../../../scripts/projectRoot.mjs";
import {
  createRunFolders,
  installVsix,
  linkExtension,
  settingsText,
  startServer,
  writeSettings,
} from "../serverRun.mjs";
import { createTestWorkspace } from "../testWorkspace.mjs";
import { launchBrowser } from "../workbench.mjs";
import { workbenchUrl } from "../workbenchUrl.mjs";
import { textRectangle } from "./textRectangle.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Locator} Locator */
/** @typedef {"light" | "dark" | "hcDark" | "hcLight"} Theme */

/** `label` is what the theme picker shows, `name` what the setting holds.
 * @type {Record<Theme, { name: string, label: string, cssClass: string }>} */
const themes = {
  light: { name: "Light Modern", label: "Light Modern", cssClass: "vs" },
  dark: { name: "Dark Modern", label: "Dark Modern", cssClass: "vs-dark" },
  hcDark: { name: "Default High Contrast", label: "Dark High Contrast", cssClass: "hc-black" },
  hcLight: { name: "Default High Contrast Light", label: "Light High Contrast", cssClass: "hc-light" },
};
export const themeNames = /** @type {Theme[]} */ (Object.keys(themes));

const waitLimitMs = 30_000;

/** Workbenches that are open now: the runner photographs them when a test fails and closes what a test left open.
 * @type {Set<Workbench>} */
export const openWorkbenches = new Set();

/**
 * Opens VS Code on a folder with the extension installed and waits until it can be used.
 *
 * @param {object} [options]
 * @param {string} [options.folder] default: a fresh copy of test/host/workspace and of the samples
 * @param {string} [options.extensionDir] extension in source form; default HOST_EXTENSION, else the project itself
 * @param {string} [options.vsix] packed extension to install instead; default HOST_VSIX
 * @param {Record<string, unknown>} [options.settings]
 * @param {Record<string, string>} [options.env] for the server and the extension host
 * @param {boolean} [options.workspaceTrust] true: the folder is untrusted until the user says otherwise
 * @param {Theme} [options.theme]
 * @param {number} [options.width] CSS pixels
 * @param {number} [options.height] CSS pixels
 */
export async function openWorkbench(options = {}) {
  const folders = createRunFolders();
  const folder = options.folder ?? createTestWorkspace(folders.root);
  const vsix = options.vsix ?? (options.extensionDir === undefined ? process.env.HOST_VSIX : undefined);
  if (vsix) await installVsix(folders, vsix);
  else linkExtension(folders, options.extensionDir ?? process.env.HOST_EXTENSION ?? projectRoot);
  const serverOptions = { env: options.env ?? {}, workspaceTrust: options.workspaceTrust ?? false };
  const theme = options.theme ?? "light";
  const trust = { "security.workspace.trust.enabled": serverOptions.workspaceTrust };
  const settings = { ...trust, ...options.settings, "workbench.colorTheme": themes[theme].name };
  writeSettings(folders, settings);
  const server = await startServer(folders, serverOptions);
  const { context, page } = await launchBrowser(folders, {
    width: options.width ?? 1400,
    height: options.height ?? 900,
  });
  const workbench = new Workbench({ folders, folder, settings, server, serverOptions, context, page });
  openWorkbenches.add(workbench);
  await workbench.load();
  return workbench;
}

/** One open VS Code window. */
export class Workbench {
  /** @param {{ folders: import("../serverRun.mjs").RunFolders, folder: string, settings: Record<string, unknown>, server: import("../serverRun.mjs").ServerRun, serverOptions: { env: Record<string, string>, workspaceTrust: boolean }, context: import("playwright-core").BrowserContext, page: Page }} parts */
  constructor({ folders, folder, settings, server, serverOptions, context, page }) {
    this.folders = folders;
    /** The open folder, an absolute path. */
    this.folder = folder;
    this.settings = settings;
    this.server = server;
    this.serverOptions = serverOptions;
    this.context = context;
    /** Playwright's page, for what this class has no word for. */
    this.page = page;
    /** What the window wrote to its console. @type {string[]} */
    this.consoleLines = [];
    page.setDefaultTimeout(waitLimitMs);
    page.on("console", (message) => this.consoleLines.push(`${message.type()} ${message.text()}`));
    page.on("pageerror", (error) => this.consoleLines.push(`error ${error.message}`));
  }

  /** Loads the window, also again, and waits until it is restored. */
  async load() {
    await this.page.goto(workbenchUrl(this.server.origin, { folder: this.folder }));
    await this.page.locator(".monaco-workbench .part.statusbar .statusbar-item").first().waitFor();
    await this.page.locator(".explorer-folders-view .monaco-list-row, .monaco-dialog-box").first().waitFor();
  }

  /** Ends VS Code and starts it again on the same data: what a user gets the next morning. */
  async restart() {
    await this.page.goto("about:blank");
    await this.server.stop();
    this.server = await startServer(this.folders, { ...this.serverOptions, port: this.server.port });
    await this.load();
  }

  /** Ends everything and deletes the run's folders. */
  async close() {
    if (!openWorkbenches.delete(this)) return;
    await this.context.close();
    await this.server.stop();
    this.folders.remove();
  }

  /** Changes user settings on top of the ones in force, in the editor of the settings file: VS Code writes that file too
   * and does not reliably notice when somebody else does.
   * @param {Record<string, unknown>} changes */
  async changeSettings(changes) {
    Object.assign(this.settings, changes);
    await this.palette("Preferences: Open User Settings (JSON)");
    await this.page.locator(".tabs-container .tab.active", { hasText: "settings.json" }).waitFor();
    await this.page.locator(".editor-group-container.active .monaco-editor.focused .view-line").first().waitFor();
    await this.page.keyboard.press("Control+A");
    await this.type(settingsText(this.settings));
    await this.page.keyboard.press("Control+Shift+End"); // the brackets that the editor closed by itself
    await this.page.keyboard.press("Delete");
    await this.save();
    await this.palette("View: Close Editor");
    await this.page.locator(".tabs-container .tab", { hasText: "settings.json" }).waitFor({ state: "detached" });
  }

  /** Switches the colour theme and waits until the window shows it.
   * @param {Theme} theme */
  async setTheme(theme) {
    await this.palette("Preferences: Color Theme");
    await this.quickInput.fill(themes[theme].label);
    await this.pick(themes[theme].label);
    await this.page.locator(`.monaco-workbench.${themes[theme].cssClass}`).first().waitFor();
    await sleep(300); // editors and webviews follow the window a moment later
  }

  /** Presses a key until what it opens is there: keys are lost while the window restores.
   * @param {string} key
   * @param {Locator} opened */
  async pressUntil(key, opened) {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await this.page.keyboard.press(key);
      const isOpen = await opened.waitFor({ timeout: 1000 }).then(
        () => true,
        () => false,
      );
      if (isOpen) return;
    }
    throw new Error(`${key} opened nothing in 20 attempts`);
  }

  /** The command palette's and quick open's text field. */
  get quickInput() {
    return this.page.locator(".quick-input-widget input[type=text]");
  }

  /** Chooses the row of the open quick pick whose label is exactly this text. Only rows on screen exist: for a long list
   * fill `quickInput` with the label first.
   * @param {string} label */
  async pick(label) {
    const exact = new RegExp(`^\\s*${escapeRegExp(label)}\\s*$`);
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    await rows
      .filter({ has: this.page.locator(".label-name", { hasText: exact }) })
      .first()
      .click();
  }

  /** Labels of the open quick pick's visible rows. */
  async pickLabels() {
    const labels = this.page.locator(".quick-input-list .monaco-list-row .label-name");
    await labels.first().waitFor();
    return labels.allInnerTexts();
  }

  /** Runs a command by its full title in the command palette, for example "Context Reliance: Score File".
   * @param {string} title */
  async palette(title) {
    await this.pressUntil("F1", this.quickInput);
    await this.quickInput.fill(`>${title}`);
    await this.pick(title);
  }

  /** Opens a file of the folder by its path relative to it and waits for its text.
   * @param {string} path */
  async quickOpen(path) {
    // A file that has just come may not be found the first time.
    for (let attempt = 0; attempt < 5; attempt++) {
      await this.pressUntil("Control+P", this.quickInput);
      await this.quickInput.fill(path);
      const row = this.page.locator(".quick-input-list .monaco-list-row .label-name", { hasText: basename(path) });
      const isFound = await row
        .first()
        .waitFor({ timeout: 3000 })
        .then(
          () => true,
          () => false,
        );
      if (isFound) break;
      await this.page.keyboard.press("Escape");
    }
    await this.pick(basename(path));
    await this.page.locator(".tabs-container .tab.active", { hasText: basename(path) }).waitFor();
    await this.page.locator(".editor-group-container.active .monaco-editor .view-line").first().waitFor();
  }

  /** Puts the cursor somewhere in the active editor; both numbers are 1-based.
   * @param {number} line
   * @param {number} [column] */
  async goTo(line, column = 1) {
    await this.pressUntil("Control+G", this.quickInput);
    await this.quickInput.fill(`:${line},${column}`);
    await this.page.keyboard.press("Enter");
    await this.quickInput.waitFor({ state: "hidden" });
  }

  /** Types at the cursor.
   * @param {string} text */
  async type(text) {
    await this.page.keyboard.insertText(text);
  }

  /** Saves the active editor and waits until it counts as saved. */
  async save() {
    await this.page.keyboard.press("Control+S");
    await this.page.locator(".tabs-container .tab.active:not(.dirty)").waitFor();
  }

  /** Moves the mouse over the first visible occurrence of a text in the active editor and returns what the hover says.
   * @param {string} text
   * @param {RegExp | string} [expected] waits until the hover contains it
   * @returns {Promise<string>} */
  async hoverText(text, expected = /\S/) {
    const hover = this.page
      .locator(".monaco-hover:visible, .monaco-resizable-hover:visible", { hasText: expected })
      .first();
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const place = await this.page.evaluate(textRectangle, text);
      if (place !== null) {
        await this.page.mouse.move(place.x - 1, place.y);
        await this.page.mouse.move(place.x, place.y, { steps: 4 });
        const isShown = await hover.waitFor({ timeout: 3000 }).then(
          () => true,
          () => false,
        );
        if (isShown) return (await hover.allInnerTexts()).join("");
        await this.page.mouse.move(2, 2);
      } else await sleep(500);
    }
    throw new Error(`no hover over "${text}" says ${expected}`);
  }

  /** The underlines of diagnostics in the active editor.
   * @param {"error" | "warning" | "info" | "hint"} severity */
  squiggles(severity) {
    return this.page.locator(`.editor-group-container.active .squiggly-${severity}`);
  }

  /** The first notification that contains a text, waited for. Its buttons: `.getByRole("button", { name })`.
   * @param {string | RegExp} text
   * @param {number} [timeoutMs] */
  async waitForNotification(text, timeoutMs = waitLimitMs) {
    const notification = this.page.locator(".notification-toast", { hasText: text }).first();
    await notification.waitFor({ timeout: timeoutMs });
    return notification;
  }

  /** Texts of the notifications on screen. */
  notifications() {
    return this.page.locator(".notification-toast").allInnerTexts();
  }

  /** Removes all notifications from the screen. */
  async clearNotifications() {
    await this.palette("Notifications: Clear All Notifications");
    await this.page.locator(".notification-toast").first().waitFor({ state: "hidden" });
  }

  /** Shows the Problems panel and returns the locator of its rows, files and problems alike. */
  async problemRows() {
    await this.palette("Problems: Focus on Problems View");
    await this.page.locator(".markers-panel").waitFor();
    return this.page.locator(".markers-panel .monaco-list-row");
  }

  /** A status bar item by a part of its text; not waited for.
   * @param {string | RegExp} text */
  statusBarItem(text) {
    return this.page.locator(".part.statusbar .statusbar-item", { hasText: text });
  }

  /** The document inside a webview: the one on screen, or the n-th of several.
   * @param {number} [webviewIdx] */
  webview(webviewIdx = 0) {
    return this.page.frameLocator("iframe.webview.ready").nth(webviewIdx).frameLocator("iframe#active-frame");
  }

  /** Photographs the window into .cache/screenshots and returns the file's path.
   * @param {string} name
   * @returns {Promise<string>} */
  async screenshot(name) {
    const folder = join(projectRoot, ".cache", "screenshots");
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${name.replaceAll(/[^\w.-]+/g, "-")}.png`);
    await this.page.screenshot({ path, caret: "initial", animations: "disabled" });
    return path;
  }
}

/** @param {string} text */
function escapeRegExp(text) {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
