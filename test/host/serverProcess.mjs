// Entry of the server's process: node serverProcess.mjs SERVER_MAIN [argument...]
// Its stdin is a pipe held by the run that started it. The pipe closes when that run ends, even if it was killed and
// could clean up nothing; then the server ends with everything it started.
import { pathToFileURL } from "node:url";

process.stdin.resume();
process.stdin.on("close", () => {
  if (process.platform === "win32") process.exit(1);
  process.kill(-process.pid, "SIGKILL");
});

process.argv.splice(1, 1); // the server reads its arguments as if it had been started itself
const [, serverMain] = process.argv;
if (serverMain === undefined) throw new Error("usage: node serverProcess.mjs SERVER_MAIN [argument...]");
await import(pathToFileURL(serverMain).href);
