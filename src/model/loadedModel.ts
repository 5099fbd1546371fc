import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { CodedError } from "../core/problem.ts";
import type { Book, Row } from "../core/row.ts";
import type { LanguageModel, ModelIdentity, SegmentedPrompt, TokenSequence } from "../engine/languageModel.ts";
import { externalFiles } from "../onnx/externalData.ts";
import { compileChatTemplate, type PromptTemplate, plainTemplate } from "./chatTemplate.ts";
import { readModelConfig } from "./modelConfig.ts";
import { type ModelFolder, type ModelFolderOptions, openModelFolder } from "./modelFolder.ts";
import { hashModel, type ModelHash } from "./modelHash.ts";
import { openOnnxFile } from "./onnxFile.ts";
import type { SessionOptions } from "./onnxRuntime.ts";
import { type OnnxSession, openOnnxSession } from "./onnxSession.ts";
import { segmentRow } from "./promptSegments.ts";
import { openTokenizer, type TextTokenizer } from "./tokenizer.ts";

/** How a model is opened; everything has a default. */
export interface LanguageModelOptions extends ModelFolderOptions, Partial<SessionOptions> {
  /** Score even where a later token can move an earlier log-probability (dynamic int8). */
  readonly allowNonCausal?: boolean;
}

// A dataset run is the common case; a single look at a row loses a fraction of a second by repacking. The processors
// this process may use are known here, in a container too; small models gain nothing from more than eight.
const defaultSession: SessionOptions = { prepack: true, threads: Math.min(8, availableParallelism()) };

/**
 * Opens the language model in a folder for scoring.
 * @throws CodedError those of `openModelFolder`, `openTokenizer` and `openOnnxSession`; `model/config-incomplete` {field};
 * `model/template-failed` {reason: "syntax", message}; `model/not-causal` {file, dtype}.
 */
export async function openLanguageModel(folder: string, options: LanguageModelOptions = {}): Promise<LanguageModel> {
  const files = await openModelFolder(folder, options);
  const config = readModelConfig(files.config, files.tokenizerConfig);
  const tokenizer = await openTokenizer(files.tokenizerFile, files.tokenizerConfig, config);
  const template = promptTemplate(files, tokenizer);
  const { hash } = await modelHash(files, tokenizer);
  const session = await openOnnxSession(files.graphFile, { ...defaultSession, ...sessionOptions(options) });
  const { decoder } = session;
  if (!decoder.isCausal && !options.allowNonCausal) {
    await session.release();
    throw new CodedError("model/not-causal", { file: files.graphFile, dtype: decoder.weightFormat });
  }
  return new LoadedModel(session, tokenizer, template, {
    name: files.name,
    modelHash: hash,
    templateHash: createHash("sha256").update(template.source).digest("hex"),
    dtype: decoder.weightFormat,
    // A graph shows only the layers that have attention or a cache.
    nLayers: config.nLayers ?? decoder.nLayers,
    vocabSize: decoder.vocabSize,
    windowTokens: config.windowTokens,
  });
}

function sessionOptions({ prepack, threads }: LanguageModelOptions): Partial<SessionOptions> {
  return { ...(prepack === undefined ? {} : { prepack }), ...(threads === undefined ? {} : { threads }) };
}

/** The model's own chat template, or the plain one for a base model. @throws CodedError `model/template-failed`. */
export function promptTemplate(files: ModelFolder, tokenizer: TextTokenizer): PromptTemplate {
  return files.chatTemplate === null ? plainTemplate : compileChatTemplate(files.chatTemplate, tokenizer.specialTokens);
}

/** Fingerprint of everything but the template that a score depends on: graph, weights, tokenizer, special tokens. */
export async function modelHash(files: ModelFolder, tokenizer: TextTokenizer): Promise<ModelHash> {
  const graph = openOnnxFile(files.graphFile);
  const weights = externalFiles(graph.model).map(({ location }) => join(graph.folder, location));
  const all = new Set([graph.path, ...weights, files.tokenizerFile]);
  return hashModel([...all], JSON.stringify([tokenizer.specialTokens, tokenizer.startTokenId]));
}

class LoadedModel implements LanguageModel {
  readonly identity: ModelIdentity;
  readonly #session: OnnxSession;
  readonly #tokenizer: TextTokenizer;
  readonly #template: PromptTemplate;

  constructor(session: OnnxSession, tokenizer: TextTokenizer, template: PromptTemplate, identity: ModelIdentity) {
    this.identity = identity;
    this.#session = session;
    this.#tokenizer = tokenizer;
    this.#template = template;
  }

  segment(row: Row, book: Book): SegmentedPrompt {
    return segmentRow(row, book, this.#template, this.#tokenizer);
  }

  tokenTexts(tokenIds: Int32Array): string[] {
    return Array.from(tokenIds, (tokenId) => this.#tokenizer.tokenText(tokenId));
  }

  logProbs(batch: readonly TokenSequence[]): Promise<Float32Array[]> {
    return this.#session.logProbs(batch);
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}
