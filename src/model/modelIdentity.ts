import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ModelIdentity } from "../core/modelIdentity.ts";
import type { DecoderGraph } from "../onnx/decoderGraph.ts";
import { externalFiles } from "../onnx/externalData.ts";
import type { PromptTemplate } from "./chatTemplate.ts";
import type { ModelConfig } from "./modelConfig.ts";
import type { ModelFolder } from "./modelFolder.ts";
import { hashModel, type ModelHash } from "./modelHash.ts";
import type { OnnxFile } from "./onnxFile.ts";
import { runtimeVersion, type SessionOptions } from "./onnxRuntime.ts";
import type { TextTokenizer } from "./tokenizer.ts";

/** What is known of a model once it is open. */
export interface OpenedModel {
  readonly files: ModelFolder;
  readonly hash: string;
  readonly template: PromptTemplate;
  readonly config: ModelConfig;
  readonly decoder: DecoderGraph;
  readonly session: SessionOptions;
  readonly leakNats: number | null;
}

export function modelIdentity(opened: OpenedModel): ModelIdentity {
  const { files, hash, template, config, decoder, session, leakNats } = opened;
  return {
    name: files.name,
    modelHash: hash,
    templateHash: createHash("sha256").update(template.source).digest("hex"),
    computation: `onnxruntime ${runtimeVersion}, weights ${session.prepack ? "repacked" : "as in the file"}`,
    leakNats,
    dtype: decoder.weightFormat,
    // A graph shows only the layers that have attention or a cache.
    nLayers: config.nLayers ?? decoder.nLayers,
    vocabSize: decoder.vocabSize,
    windowTokens: config.windowTokens,
  };
}

/** Fingerprint of all bytes that a score depends on but the template's: graph, weights, tokenizer, special tokens. */
export function modelHash(graph: OnnxFile, files: ModelFolder, tokenizer: TextTokenizer): ModelHash {
  const weights = externalFiles(graph.model).map(({ location }) => join(graph.folder, location));
  const all = new Set([graph.path, ...weights, files.tokenizerFile]);
  return hashModel([...all], JSON.stringify([tokenizer.specialTokens, tokenizer.startTokenId]));
}
