// Other programs run by the scripts: what they print goes to stderr, stdout stays for results.
import { spawn } from "node:child_process";

/**
 * Runs a program to its end and returns what it wrote to stdout; throws when it cannot start or ends with an error.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<string>}
 */
export function runCommand(program, args, { cwd, env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    // npm is a .cmd file on Windows, which only a shell can start.
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: ["ignore", "pipe", "inherit"],
      shell: process.platform === "win32",
    });
    let output = "";
    child.stdout.on("data", (data) => {
      output += data;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(output);
      else
        reject(
          new Error(`${program} ${args.join(" ")} ended with ${signal ?? code}${cwd ? ` in ${cwd}` : ""}:\n${output}`),
        );
    });
  });
}

/** One line of progress, on stderr.
 * @param {string} text */
export function reportProgress(text) {
  process.stderr.write(`${text}\n`);
}
