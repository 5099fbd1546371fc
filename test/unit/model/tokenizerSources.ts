import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "../../../src/model/jsonFile.ts";

const projectRoot = fileURLToPath(new URL("../../..", import.meta.url));

/** A folder of data that is not part of the project; tests that need it skip with a sentence where it is absent. */
export const sharedData = process.env.CONTEXT_RELIANCE_SHARED_DATA ?? join(projectRoot, "..", "shared", "data");

/** A tokenizer's two files, parsed. */
export interface TokenizerSource {
  readonly name: string;
  readonly tokenizer: JsonObject;
  readonly config: JsonObject;
}

function readJson(file: string): JsonObject {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as JsonObject) : {};
}

function readSource(name: string, folder: string): TokenizerSource | null {
  if (!existsSync(join(folder, "tokenizer.json"))) return null;
  return {
    name,
    tokenizer: readJson(join(folder, "tokenizer.json")),
    config: readJson(join(folder, "tokenizer_config.json")),
  };
}

/** The project's own tokenizer. */
export function bundledSource(): TokenizerSource | null {
  return readSource("bundled", join(projectRoot, "media", "model"));
}

/** Real tokenizers of other makers: byte-level, SentencePiece with byte fallback, one with unknown tokens. */
export function sharedSources(): TokenizerSource[] {
  const folders = {
    gpt2: "tokenizers/gpt2",
    neox: "tokenizers/neox-20b",
    llama2: "tokenizers/llama2",
    phi3: "tokenizers/phi3",
    tinystories: "tinystories-656k",
  };
  return Object.entries(folders).flatMap(([name, folder]) => readSource(name, join(sharedData, folder)) ?? []);
}
