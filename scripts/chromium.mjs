// A Chromium-family browser for the tests that drive VS Code's interface.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { reportProgress, runCommand } from "./command.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge"];
const fixedPlaces = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

/**
 * Path of a Chromium-family browser; installs Debian's package where that is possible without asking.
 *
 * @returns {Promise<string>}
 * @throws {Error} whose message says how to install one on this system
 */
export async function ensureChromium() {
  const named = process.env.CHROMIUM;
  if (named !== undefined) {
    if (!existsSync(named)) throw new Error(`The environment variable CHROMIUM names ${named}, which is not there.`);
    return named;
  }
  const found = findBrowser();
  if (found !== undefined) return found;
  if (isDebian() && process.getuid?.() === 0) {
    await installOnDebian();
    const installed = findBrowser();
    if (installed !== undefined) return installed;
  }
  throw new Error(`The tests in a real VS Code need a Chromium browser and none was found. ${howToInstall()}`);
}

/** @returns {string | undefined} */
function findBrowser() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const suffix = process.platform === "win32" ? ".exe" : "";
  const places = names.flatMap((name) => folders.map((folder) => join(folder, name + suffix)));
  return [...places, ...fixedPlaces].find((path) => existsSync(path) && runs(path));
}

/** Ubuntu's `chromium-browser` is only a note that asks for snap: a file that is there need not be a browser.
 * @param {string} path */
function runs(path) {
  if (process.platform === "win32") return true; // there `--version` would open a window
  try {
    return /\d+\.\d+/.test(
      execFileSync(path, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 20_000 }),
    );
  } catch {
    return false;
  }
}

function isDebian() {
  return (
    existsSync("/etc/os-release") && /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync("/etc/os-release", "utf8"))
  );
}

async function installOnDebian() {
  reportProgress("Chromium: installing Debian's package `chromium` with apt-get");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await runCommand("apt-get", ["update", "-qq"], { env });
  await runCommand("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], { env });
}

function howToInstall() {
  const then = "or name a browser in the environment variable CHROMIUM.";
  if (isDebian())
    return `Run: sudo apt-get update && sudo apt-get install -y --no-install-recommends chromium (on Ubuntu: install google-chrome-stable from https://www.google.com/chrome), ${then}`;
  if (process.platform === "darwin") return `Run: brew install --cask google-chrome, ${then}`;
  if (process.platform === "win32") return `Run: winget install Google.Chrome, ${then}`;
  return `Install the package chromium of your distribution (Fedora: sudo dnf install chromium; Arch: sudo pacman -S chromium), ${then}`;
}
