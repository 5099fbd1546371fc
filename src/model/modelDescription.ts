import { CodedError, type ProblemData } from "../core/problem.ts";
import type { AttentionKind } from "../onnx/attentionLayout.ts";
import { type DecoderGraph, describeDecoder } from "../onnx/decoderGraph.ts";
import { measureLeak, variantLogProbs } from "./causalLeak.ts";
import { DecoderVariants } from "./decoderVariants.ts";
import { promptTemplate } from "./loadedModel.ts";
import { type ModelConfig, readModelConfig } from "./modelConfig.ts";
import { type ModelFolderOptions, openModelFolder } from "./modelFolder.ts";
import type { HashKind } from "./modelHash.ts";
import { modelHash } from "./modelIdentity.ts";
import { type OnnxFile, openOnnxFile, withFileName } from "./onnxFile.ts";
import { defaultThreads } from "./onnxRuntime.ts";
import { openTokenizer } from "./tokenizer.ts";

/** What a model is and what can be measured on it, as plain data. */
export interface ModelDescription {
  readonly name: string;
  readonly folder: string;
  readonly graphFile: string;
  /** Every graph of the folder that can be chosen, best first. */
  readonly graphs: readonly string[];
  readonly modelHash: string;
  /** "sampled" where a file is too large to be read whole; see `hashModel`. */
  readonly hashKind: HashKind;
  readonly modelType: string;
  readonly windowTokens: number;
  readonly nTokenizerTokens: number;
  /** "chat", or the name of the plain template of base models. */
  readonly template: string;
  /** The token that begins a sequence, as the vocabulary writes it; null when there is none. */
  readonly startToken: string | null;
  /** What the graph says; null when log-probabilities cannot be measured on it, with the reason in `unsupported`. */
  readonly graph: DescribedGraph | null;
  readonly unsupported: { readonly code: string; readonly data: ProblemData } | null;
}

/** A decoder's shape and what can be measured on it. */
export interface DescribedGraph {
  /** Type of the weights, read off the graph. */
  readonly dtype: string;
  readonly nLayers: number;
  readonly nHeads: number | null;
  readonly nKeyValueHeads: number | null;
  readonly vocabSize: number;
  /**
   * How far a later token moved an earlier log-probability in a trial, nats (see `measureLeak`); null for a causal
   * model. A model with a leak is used only where that is allowed.
   */
  readonly leakNats: number | null;
  /** The form of attention of each layer whose attention can be read and steered; fewer than `nLayers` in hybrids. */
  readonly attention: readonly AttentionKind[];
}

/**
 * Says what the model in a folder is, without loading its weights; one that is not causal runs a few short sequences.
 * @throws CodedError those of `openModelFolder`, `openTokenizer` and `openOnnxFile`; `model/config-incomplete`; `model/template-failed`.
 */
export async function describeModel(folder: string, options: ModelFolderOptions = {}): Promise<ModelDescription> {
  const files = await openModelFolder(folder, options);
  const config = readModelConfig(files.config, files.tokenizerConfig);
  const tokenizer = await openTokenizer(files.tokenizerFile, files.tokenizerConfig, config);
  const graph = openOnnxFile(files.graphFile);
  const { hash, kind } = modelHash(graph, files, tokenizer);
  const { startTokenId } = tokenizer;
  return {
    name: files.name,
    folder: files.path,
    graphFile: files.graphFile,
    graphs: files.graphs,
    modelHash: hash,
    hashKind: kind,
    modelType: config.modelType,
    windowTokens: config.windowTokens,
    nTokenizerTokens: tokenizer.vocabSize,
    template: promptTemplate(files, tokenizer).name,
    startToken: startTokenId === null ? null : tokenizer.tokenText(startTokenId),
    ...(await describeGraph(files.graphFile, graph, config)),
  };
}

async function describeGraph(
  file: string,
  graph: OnnxFile,
  config: ModelConfig,
): Promise<Pick<ModelDescription, "graph" | "unsupported">> {
  try {
    const decoder = withFileName(file, () => describeDecoder(graph.model));
    const leakNats = decoder.isCausal ? null : await leakOf(file, graph, decoder);
    return { graph: { ...describedGraph(decoder, config), leakNats }, unsupported: null };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { graph: null, unsupported: { code: error.code, data: error.data } };
  }
}

async function leakOf(file: string, graph: OnnxFile, decoder: DecoderGraph): Promise<number> {
  const variants = new DecoderVariants(graph, decoder, { file, nHeads: null, threads: defaultThreads });
  try {
    return await measureLeak(decoder.vocabSize, variantLogProbs(variants));
  } finally {
    await variants.release();
  }
}

/** The graph's own word first; head counts that its layout does not show, and layers without attention, from the configuration. */
function describedGraph(decoder: DecoderGraph, config: ModelConfig): Omit<DescribedGraph, "leakNats"> {
  return {
    dtype: decoder.weightFormat,
    nLayers: config.nLayers ?? decoder.nLayers,
    nHeads: decoder.nHeads ?? config.nHeads,
    nKeyValueHeads: decoder.nKeyValueHeads ?? config.nKeyValueHeads,
    vocabSize: decoder.vocabSize,
    attention: decoder.attention,
  };
}
