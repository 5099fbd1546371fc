// `npm run pictures`: takes the pictures of docs/images anew, from a real VS Code on the samples.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import { settled } from "../../test/host/ui/controls.mjs";
import { openWorkbench, themeNames } from "../../test/host/ui/driver.mjs";
import { build } from "../build.mjs";
import { ensureChromium } from "../chromium.mjs";
import { projectRoot } from "../projectRoot.mjs";
import { ensureVsCodeServer } from "../vscodeServer.mjs";

const folder = join(projectRoot, "docs", "images");
mkdirSync(join(folder, "lens"), { recursive: true });
await build();
await ensureVsCodeServer();
await ensureChromium();

const settings = { "editor.minimap.enabled": false, "breadcrumbs.enabled": false, "workbench.startupEditor": "none" };
const workbench = await openWorkbench({ width: 1600, height: 900, settings });
const { page } = workbench;
const lens = workbench.webview();

/** A screen has few colours: a palette makes the file a third as large.
 * @param {string} name */
async function take(name) {
  const picture = await page.screenshot({ caret: "initial", animations: "disabled" });
  await sharp(picture)
    .png({ palette: true, colours: 256, effort: 8 })
    .toFile(join(folder, `${name}.png`));
  console.log(`docs/images/${name}.png`);
}

await workbench.quickOpen("samples/conflicts.jsonl");
await workbench.palette("Context Reliance: Score File");
await workbench.waitForNotification(/rows with a context are flagged/, 60_000);
await workbench.clearNotifications();
await workbench.problemRows();
await workbench.palette("View: Focus First Editor Group");
await workbench.goTo(7);
await workbench.hoverText("Krone", /Open the lens/);
await take("editor-light");
await page.mouse.move(2, 2);
await workbench.palette("View: Toggle Panel Visibility");
await workbench.palette("View: Toggle Primary Side Bar Visibility");
await workbench.palette("View: Focus First Editor Group");
await workbench.goTo(2);
await page.keyboard.press("Shift+Alt+L");
await lens.locator('[data-verdict="context-critical"]').waitFor();
for (const theme of themeNames) {
  await workbench.setTheme(theme);
  for (const width of [900, 1600]) {
    await page.setViewportSize({ width, height: 1000 });
    for (const tab of ["Prompt", "Ledger", "Steering"]) {
      await lens.getByRole("tab", { name: tab }).click();
      await lens.locator("#part figure").first().waitFor();
      await settled(lens);
      // What a narrow panel has above its parts is the same for each of them.
      const top = tab !== "Prompt" && width < 1600 ? "[role=tablist]" : "#lens";
      await lens.locator(top).evaluate((element) => element.scrollIntoView());
      await page.mouse.move(2, 2);
      await sleep(600);
      await take(`lens/${theme.toLowerCase()}-${width}-${tab.toLowerCase()}`);
    }
  }
}
await workbench.close();
