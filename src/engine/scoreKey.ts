import { createHash } from "node:crypto";
import type { ModelIdentity } from "../core/modelIdentity.ts";
import type { Row } from "../core/row.ts";

/**
 * Version of how log-probabilities are made (rendering, segmentation, which tokens are scored). A change here makes
 * every stored score unreachable, which is what must happen when the same row would be measured differently.
 */
export const logProbsVersion = "logProbs/1";

/**
 * The cache key of a row under a model: SHA-256 (hexadecimal) over the model, what it is computed with, its template, the
 * version of the measurement and everything of the row that reaches the prompt. Positions in the file are not part of it, so a row
 * keeps its score when it moves.
 */
export function scoreKey(model: ModelIdentity, row: Row): string {
  const content = row.prompt.map((message) => [message.role, message.parts.map((part) => [part.kind, part.text])]);
  const scored = [model.modelHash, model.computation, model.templateHash, content, row.target.text];
  return createHash("sha256")
    .update(JSON.stringify([logProbsVersion, ...scored]))
    .digest("hex");
}
