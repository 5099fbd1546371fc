// VS Code in a browser window with the extension loaded, on a copy of the samples.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { createRunFolders, linkExtension, startServer, writeSettings } from "../test/host/serverRun.mjs";
import { workbenchUrl } from "../test/host/workbenchUrl.mjs";
import { projectRoot } from "./projectRoot.mjs";

/**
 * Serves VS Code until Ctrl+C. Prints its address, and opens it in the default browser where there is one.
 *
 * The extension must be built. The folder is a temporary copy: what is edited in it is not edited in the project, and is
 * deleted at the end.
 */
export async function tryExtension() {
  const folders = createRunFolders();
  const folder = join(folders.root, "samples");
  cpSync(join(projectRoot, "samples"), folder, { recursive: true });
  linkExtension(folders, projectRoot);
  writeSettings(folders, {});
  // With a token, for this server could be asked by every program on the machine to edit files and to start others.
  const connectionToken = randomBytes(16).toString("hex");
  const { origin } = await startServer(folders, { connectionToken });
  const address = workbenchUrl(origin, { folder, connectionToken });
  console.log(`VS Code with the extension, on a copy of the samples:\n\n  ${address}\n\nCtrl+C ends it.`);
  openInBrowser(address);
}

/** Quietly does nothing where there is no browser to open.
 * @param {string} address */
function openInBrowser(address) {
  const isWindows = process.platform === "win32";
  const [program, ...args] = isWindows
    ? ["rundll32", "url.dll,FileProtocolHandler"]
    : [process.platform === "darwin" ? "open" : "xdg-open"];
  if (process.platform === "linux" && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return;
  const browser = spawn(/** @type {string} */ (program), [...args, address], { stdio: "ignore", detached: true });
  browser.on("error", () => {});
  browser.unref();
}
