import type { LensQuestion, LensRow } from "../src/protocol/lens.ts";
import type { Host } from "./host.ts";
import { questionKey } from "./lensContext.ts";
import type { LensState } from "./lensState.ts";

/**
 * Asks for what a saved page holds in any case and nobody has asked for yet: a few passes. What cannot be answered is
 * left out.
 */
export async function reportAnswers(
  host: Host,
  row: LensRow,
  { tokenIdx }: Pick<LensState, "tokenIdx">,
  answers: Map<string, unknown>,
): Promise<void> {
  const questions: LensQuestion[] = [
    { method: "row/figures" },
    { method: "row/ledger" },
    { method: "rows/dependency" },
  ];
  const asked = [...answers.keys()].map((key) => (JSON.parse(key) as LensQuestion).method);
  const before = Math.max(0, row.open.target.start + tokenIdx - 1);
  if (!asked.includes("row/token-attention")) questions.push({ method: "row/token-attention", tokenIdx: before });
  if (row.closed) questions.push({ method: "row/decoding", targetIdx: tokenIdx });
  for (const question of questions) {
    const key = questionKey(question);
    if (answers.has(key)) continue;
    await host.ask(row.rowId, question, new AbortController().signal).then(
      (value) => answers.set(key, value),
      () => undefined,
    );
  }
}
