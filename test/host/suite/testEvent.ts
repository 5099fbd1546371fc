/** One line of the result file that the suite writes inside the extension host and a launcher reads. */
export type TestEvent =
  | { kind: "passed"; title: string; durationMs: number }
  | { kind: "skipped"; title: string }
  | { kind: "failed"; title: string; error: string }
  | { kind: "end" };
