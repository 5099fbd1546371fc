// What a run started or created is gone when the run is over, however it ends.
import { rmSync } from "node:fs";

/** @type {Set<() => void>} */
const endings = new Set();

/**
 * Registers a synchronous clean-up for the end of this process: normal exit, an uncaught error, Ctrl+C, SIGTERM, SIGHUP.
 * Returns a function that runs it now and only once.
 *
 * @param {() => void} ending
 * @returns {() => void}
 */
export function onEnd(ending) {
  listenForSignals();
  // Behind the listeners that libraries added so far: Playwright ends its browser in one, and a folder can only be
  // deleted when nobody writes to it any more.
  process.off("exit", endAll);
  process.on("exit", endAll);
  const once = () => {
    if (endings.delete(once)) ending();
  };
  endings.add(once);
  return once;
}

/** The last started ends first: a server before the folder it writes to. */
function endAll() {
  for (const ending of [...endings].reverse()) ending();
}

/** Deletes a folder; a process that is just ending may still write into it, hence the retries.
 * @param {string} folder */
export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

let isListening = false;

function listenForSignals() {
  if (isListening) return;
  isListening = true;
  process.on("SIGINT", () => process.exit(130));
  process.on("SIGTERM", () => process.exit(143));
  process.on("SIGHUP", () => process.exit(129));
}
