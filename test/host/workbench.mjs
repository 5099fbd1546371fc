// The browser that shows VS Code's workbench.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { ensureChromium } from "../../scripts/chromium.mjs";
import { onEnd, removeFolder } from "./lifetime.mjs";

/** --no-sandbox: Chromium refuses to start as root with it. The rest keeps it away from the network and the GPU. */
const browserArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-dev-shm-usage",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/**
 * Starts a headless browser whose profile lives in the run's folders, so that it survives a restart of the server.
 *
 * @param {import("./serverRun.mjs").RunFolders} folders
 * @param {{ width?: number, height?: number }} [options]
 */
export async function launchBrowser(folders, { width = 1400, height = 900 } = {}) {
  const profile = join(folders.root, "browser");
  mkdirSync(profile, { recursive: true });
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: await ensureChromium(),
    headless: true,
    viewport: { width, height },
    args: browserArguments,
    env: { ...process.env, HOME: folders.home },
    // Ctrl+C is answered in lifetime.mjs, which also ends the server.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  onEnd(() => removeFolder(profile));
  const page = context.pages()[0] ?? (await context.newPage());
  return { context, page };
}
