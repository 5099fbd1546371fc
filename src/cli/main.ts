// The command-line program: wiring only.
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../../package.json" with { type: "json" };
import { hubCacheFolder } from "../model/hubAccess.ts";
import { modelFolderFor } from "../model/hubCache.ts";
import { openLanguageModel } from "../model/loadedModel.ts";
import { describeModel } from "../model/modelDescription.ts";
import { openScoreDatabase } from "../store/scoreDatabase.ts";
import { runCommandLine } from "./commandLine.ts";

/** Cells of a line where the output is no terminal: wide enough for every column. */
const columnsOfPipe = 120;

const interrupt = new AbortController();
// Once: a second Ctrl+C ends the program at once.
process.once("SIGINT", () => interrupt.abort());
// A reader that has seen enough, such as head, closes the pipe; that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await runCommandLine(process.argv.slice(2), {
  version: manifest.version,
  out: process.stdout,
  err: process.stderr,
  columns: process.stdout.columns ?? (Number(process.env.COLUMNS) || columnsOfPipe),
  hasColour: hasColour(),
  showsProgress: process.stderr.isTTY === true,
  signal: interrupt.signal,
  defaultModelFolder: fileURLToPath(new URL("../media/model", import.meta.url)),
  defaultCacheFile: join(cacheFolder(), "context-reliance", "scores.db"),
  openModel: async (model, options) => openLanguageModel(await modelFolderFor(model, hubCacheFolder()), options),
  describeModel: async (model) => describeModel(await modelFolderFor(model, hubCacheFolder())),
  openStore: openScoreDatabase,
});

/** NO_COLOR and FORCE_COLOR as https://no-color.org and Node understand them. */
function hasColour(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR && FORCE_COLOR !== "0") return true;
  return process.stdout.isTTY === true && TERM !== "dumb";
}

/** Where each system keeps what can be made again. */
function cacheFolder(): string {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  if (process.platform === "win32") return LOCALAPPDATA ?? join(homedir(), "AppData", "Local");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches");
  return XDG_CACHE_HOME || join(homedir(), ".cache");
}
