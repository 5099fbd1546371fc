// What the command line says of the rows that the lens shows.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../../../scripts/projectRoot.mjs";

export const conflictsFile = join(projectRoot, "samples", "conflicts.jsonl");

/** Runs the program and returns what it writes. @param {...string} args */
export function commandLine(...args) {
  const program = join(projectRoot, "dist", "cli.js");
  return execFileSync(process.execPath, [program, ...args], { maxBuffer: 2 ** 28 }).toString();
}

/** What `inspect` says of a row, as JSON. @param {string} file @param {number} line @param {string[]} looks */
export function inspected(file, line, ...looks) {
  return JSON.parse(commandLine("inspect", "--input", file, "--row", String(line), ...looks));
}

/** Nats as both doors write them. @param {number} nats @param {number} [nDecimals] */
export function natsText(nats, nDecimals = 2) {
  const digits = Math.abs(nats).toFixed(nDecimals);
  return Number(digits) === 0 ? digits : `${nats > 0 ? "+" : "−"}${digits}`;
}
