import { readFileSync } from "node:fs";
import { platform } from "node:process";

/**
 * The largest resident size of this process, in MB of 1,048,576 bytes. Linux's `maxRSS` of a child begins with that of the
 * process which started it, so the program's own mark is read where it is told.
 */
export function peakMb(): number {
  if (platform !== "linux") return process.resourceUsage().maxRSS / 1024;
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  return Number(line?.[1] ?? Number.NaN) / 1024;
}
