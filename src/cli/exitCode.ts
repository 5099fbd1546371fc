/** What the program's exit status says to a script. */
export const exitCode = {
  /** The audit ran to its end, whatever it found; single bad rows are in the output. */
  done: 0,
  /** It could not run: wrong usage, unreadable file, unusable model. The reason is on stderr with a code. */
  failed: 2,
  /** Stopped by Ctrl+C; what was scored until then was written. The shell's convention: 128 + SIGINT. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
