import { join } from "node:path";
import type { Row } from "../core/row.ts";
import { readJsonObject } from "./jsonFile.ts";
import type { ModelConfig } from "./modelConfig.ts";
import type { ModelFolder } from "./modelFolder.ts";

/** As for config.json, of which this file is a short sister. */
const maxGenerationConfigBytes = 1 << 20;

/** A conversation of one word each: how a template ends an answer does not depend on what is in it. */
export const shortestRow: Row = {
  prompt: [{ role: "user", parts: [{ kind: "text", text: "A" }] }],
  target: { kind: "text", text: "A" },
};

/**
 * The tokens that a model's files say end an answer: `eos_token_id` of generation_config.json, which chat models use for
 * the end of a turn too, and of config.json. None where neither says any.
 */
export function readStopTokens(
  files: Pick<ModelFolder, "path" | "config">,
  config: Pick<ModelConfig, "eosTokenId">,
): number[] {
  const generation = readJsonObject(join(files.path, "generation_config.json"), maxGenerationConfigBytes);
  const ids = [config.eosTokenId, files.config.eos_token_id, generation?.eos_token_id].flat();
  return [...new Set(ids.filter((id): id is number => typeof id === "number" && Number.isInteger(id)))];
}
