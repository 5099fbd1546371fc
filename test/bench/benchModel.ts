import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeDecoder } from "../fixture/decoder.ts";
import type { DecoderOptions } from "../fixture/decoderBuilder.ts";

const projectRoot = join(import.meta.dirname, "..", "..");
export const bundledModel = join(projectRoot, "media", "model");

/**
 * A model folder with random weights and the bundled tokenizer, made once. What a model says does not change what it
 * costs: only its shape does. Its vocabulary may be larger than the tokenizer's.
 */
export function benchModel(name: string, shape: DecoderOptions): string {
  const folder = join(projectRoot, ".cache", "bench", name);
  if (existsSync(folder)) return folder;
  const draft = `${folder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(join(draft, "onnx"), { recursive: true });
  for (const file of ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json"]) {
    if (existsSync(join(bundledModel, file))) cpSync(join(bundledModel, file), join(draft, file));
  }
  const config = JSON.parse(readFileSync(join(bundledModel, "config.json"), "utf8"));
  const { vocabSize, nLayers, width, nHeads, nKeyValueHeads, headDim, innerWidth, windowTokens } = shape;
  Object.assign(config, {
    vocab_size: vocabSize,
    num_hidden_layers: nLayers,
    hidden_size: width,
    num_attention_heads: nHeads,
    num_key_value_heads: nKeyValueHeads,
    head_dim: headDim,
    intermediate_size: innerWidth,
    max_position_embeddings: windowTokens,
  });
  writeFileSync(join(draft, "config.json"), JSON.stringify(config));
  writeDecoder(join(draft, "onnx", "model.onnx"), shape);
  renameSync(draft, folder);
  return folder;
}
